// Package schedule turns cron specs into ticks: the instants at which a job is
// due. It is pure: it never reads a clock, a zone setting or the environment,
// so the same function serves the timers and whatever prints due times.
package schedule

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/robfig/cron/v3"
)

// Spec is one parsed schedule.
type Spec struct {
	text     string
	cron     *cron.SpecSchedule // nil for @every
	every    time.Duration
	realTime bool // the hour begins with *: follow real time through clock changes
}

// descriptors are the names that stand for five fields; all of cron's but
// @reboot, which names no time.
var descriptors = map[string]string{
	"@yearly": "0 0 1 1 *", "@annually": "0 0 1 1 *", "@monthly": "0 0 1 * *", "@weekly": "0 0 * * 0",
	"@daily": "0 0 * * *", "@midnight": "0 0 * * *", "@hourly": "0 * * * *",
}

var fields = cron.NewParser(cron.Minute | cron.Hour | cron.Dom | cron.Month | cron.Dow)

// Parse reads five cron fields, a descriptor (@hourly to @yearly) or @every
// with a duration in whole seconds. A zone has its own key in the job file, so
// a TZ= prefix is refused. So is a date that never comes.
func Parse(text string) (Spec, error) {
	spec := strings.TrimSpace(text)
	switch {
	case spec == "":
		return Spec{}, errors.New("empty: want five fields, such as \"30 2 * * *\"")
	case strings.HasPrefix(spec, "TZ=") || strings.HasPrefix(spec, "CRON_TZ="):
		return Spec{}, errors.New("a zone has no place in the spec: use the key timezone")
	case strings.HasPrefix(spec, "@every"):
		return parseEvery(spec)
	case strings.HasPrefix(spec, "@"):
		five, known := descriptors[spec]
		if !known {
			return Spec{}, fmt.Errorf("%s is none of @hourly, @daily, @weekly, @monthly, @yearly and @every", spec)
		}
		return parseFields(spec, five)
	default:
		return parseFields(spec, spec)
	}
}

func parseEvery(spec string) (Spec, error) {
	period, err := time.ParseDuration(strings.TrimSpace(strings.TrimPrefix(spec, "@every")))
	if err != nil {
		return Spec{}, fmt.Errorf("%s: want a duration, such as @every 15m", spec)
	}
	if period < time.Second || period%time.Second != 0 {
		return Spec{}, fmt.Errorf("%s: want whole seconds, at least one", spec)
	}
	return Spec{text: spec, every: period}, nil
}

func parseFields(text, five string) (spec Spec, err error) {
	parts := strings.Fields(five)
	if len(parts) == 6 {
		return Spec{}, errors.New("six fields: there is no field for seconds, leave the first one out")
	}
	if len(parts) != 5 {
		return Spec{}, fmt.Errorf("%d fields: want five, minute hour day month weekday", len(parts))
	}
	// The parser is known to panic on input that it should refuse.
	defer func() {
		if recover() != nil {
			spec, err = Spec{}, fmt.Errorf("%q isn't a cron spec", text)
		}
	}()
	parsed, err := fields.Parse(strings.Join(parts, " "))
	if err != nil {
		return Spec{}, err
	}
	s := Spec{text: text, cron: parsed.(*cron.SpecSchedule), realTime: strings.HasPrefix(parts[1], "*")}
	s.cron.Location = time.UTC // of wall clocks, see Next
	if s.cron.Next(time.Date(2096, 3, 1, 0, 0, 0, 0, time.UTC)).IsZero() && s.cron.Next(time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)).IsZero() {
		return Spec{}, fmt.Errorf("%q names a date that never comes", text)
	}
	return s, nil
}

// String gives the spec as it was written.
func (s Spec) String() string { return s.text }
