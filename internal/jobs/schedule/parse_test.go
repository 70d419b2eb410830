package schedule_test

import (
	"errors"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/robfig/cron/v3"

	"speckle-runner/internal/jobs/schedule"
)

func TestParseRefuses(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		spec, message, hint string
		offset              int
	}{
		{"", "the schedule is empty", "write five fields such as \"30 2 * * *\" (02:30 every day), @daily, or @every 15m", 0},
		{"  ", "the schedule is empty", "write five fields such as \"30 2 * * *\" (02:30 every day), @daily, or @every 15m", 0},
		{"manual", "manual is not a schedule", "write schedule: manual, alone", 0},
		{"daily", "daily is not a schedule", "did you mean @daily?", 0},
		{"15m", "15m is not a schedule", "did you mean @every 15m?", 0},
		{
			"every blue moon", "a schedule has five fields: this has 3",
			"minute, hour, day of month, month, day of week; for example 30 2 * * *", 0,
		},
		{"TZ=", "a schedule takes no time zone", "set timezone: Europe/London on the job", 0},
		{"CRON_TZ=Asia/Tokyo 0 0 * * *", "a schedule takes no time zone", "set timezone: Asia/Tokyo on the job", 0},
		{"0 0 1 1 * 2026", "a schedule has five fields, without seconds: this has six", "leave out the last: 0 0 1 1 *", 0},
		{"0 0 99 1 * 2026", "a schedule has five fields, without seconds: this has six",
			`write five fields such as "30 2 * * *" (02:30 every day), @daily, or @every 15m`, 0},
		{"0 0 0 * * *", "a schedule has five fields, without seconds: this has six", "leave out the first: 0 0 * * *", 0},
		{"*/10 * * * * *", "a schedule has five fields, without seconds: this has six",
			"leave out the seconds; for less than a minute there is @every 10s", 0},
		{"0 0 * *", "a schedule has five fields: this has 4", "minute, hour, day of month, month, day of week; for example 30 2 * * *", 0},
		{"0 0 0 ? * * 2026", "a schedule has five fields: this has 7", "minute, hour, day of month, month, day of week; for example 30 2 * * *",
			0},
		{"@reboot", "@reboot is not a schedule", "missed ticks are made up for after a start (missed: last); runner run JOB runs a job now", 0},
		{"@Daily", "@Daily is not a schedule", "write @daily", 0},
		{"@every15m", "@every15m is not a schedule", "write a space: @every 15m", 0},
		{"@Every 5m", "@Every is not a schedule", "write @every in lower case", 0},
		{"@every", "@every has no duration", "write @every 15m", 0},
		{"@every 1d", "1d is not a duration", "the longest unit is the hour: a day is 24h, a week 168h", 7},
		{"@every 90", "90 is not a duration", "add the unit: 90s, 90m or 90h", 7},
		{"@every 0s", "@every 0s is shorter than a second", "the shortest is @every 1s", 7},
		{"@every -1h", "@every -1h is shorter than a second", "the shortest is @every 1s", 7},
		{"@every 1500ms", "@every 1500ms is not a whole number of seconds", "", 7},
		{"@every 1h 30m", "@every takes one duration", "write it without spaces: @every 1h30m", 10},
		{"@fortnightly", "@fortnightly is not a schedule", "there are @hourly, @daily, @weekly, @monthly, @yearly and @every 15m", 0},
		{"@daily x", "@daily stands alone", "", 7},
		{"60 0 * * *", "minute: 60 is not from 0 to 59", "the full hour is 0", 0},
		{"0 24 * * *", "hour: 24 is not from 0 to 23", "midnight is 0", 2},
		{"0 9 * * 8", "day of week: 8 is not from 0 to 7", "", 8},
		{"0 9 * * 1,7/2", "day of week: 7 has no day after it to step to", "write 0 to count from Sunday on, or 7 alone for Sundays", 10},
		{"0 9 * * 7-2", "day of week: 7-2 goes backwards", "write 0-2", 8},
		{"0 9 * * 6-0", "day of week: 6-0 goes backwards", "write 6,0", 8},
		{"0 9 1 NOV-FEB *", "month: NOV-FEB goes backwards", "write 11-12,1-2", 6},
		{"0 9 * * monday", "day of week: monday is not a day of week", "write MON", 8},
		{"0 9 * * fri-mon", "day of week: fri-mon goes backwards", "write 5-6,0-1", 8},
		{"0 22-2 * * *", "hour: 22-2 goes backwards", "write 22-23,0-2", 2},
		{"0 0 L * *", "day of month: L is not a day of month", "there is no last day: take the 1st, or the 28th, which every month has", 4},
		{"0 0 15W * *", "day of month: 15W is not a day of month", "there is no nearest weekday: list the dates", 4},
		{"0 0 * * 5#3", "day of week: 5#3 is not a day of week", "there is no n-th weekday: list the dates, or let the job run every week", 8},
		{"0 0 * * 5L", "day of week: 5L is not a day of week", "there is no last weekday of the month: list the dates", 8},
		{"H 0 * * *", "minute: H is not a minute", "H is Jenkins' own: write a number, and spread: 10m to keep jobs apart", 0},
		{"H/5 * * * *", "minute: H is not a minute", "H is Jenkins' own: write a number, and spread: 10m to keep jobs apart", 0},
		{"0~30 * * * *", "minute: 0~30 is not a minute", "there are no random values: write a number, and spread: 10m to keep jobs apart", 0},
		{"1,,2 * * * *", "minute: a comma without a value", "lists are written 1,15,30", 2},
		{", * * * *", "minute: a comma without a value", "lists are written 1,15,30", 0},
		{"*-5 * * * *", "minute: *-5 is not a minute", "a * has no range: write * or */15 or 1-5", 0},
		{"+5 * * * *", "minute: +5 is not a minute", "write a number, a range such as 1-5, a list such as 1,3, * or */5", 0},
		{"-5 * * * *", "minute: -5 is not a minute", "there are no negative values", 0},
		{"*/0 * * * *", "minute: */0 has no step after the /", "steps are whole numbers from 1, as in */15", 0},
		{"*/x * * * *", "minute: */x has no step after the /", "steps are whole numbers from 1, as in */15", 0},
		{"1-2-3 * * * *", "minute: 1-2-3 is not a minute", "a range has two ends, as in 1-5", 0},
		{"1/2/3 * * * *", "minute: 1/2/3 has no step after the /", "steps are whole numbers from 1, as in */15", 0},
		{"0 0 30 2 *", "this date never comes: none of these months has such a day", "day of month 30, month 2", 4},
		{"0 0 31 4,6 *", "this date never comes: none of these months has such a day", "day of month 31, month 4,6", 4},
		{"0 0 1 janvier *", "month: janvier is not a month", "write JAN", 6},
		{"0 0 1 january *", "month: january is not a month", "write JAN", 6},
		{"0 0 0 * *", "day of month: 0 is not from 1 to 31", "", 4},
		{"0 0 1 13 *", "month: 13 is not from 1 to 12", "", 6},
		{"99999999999999999999 * * * *", "minute: 9999999999… is not a minute",
			"write a number, a range such as 1-5, a list such as 1,3, * or */5", 0},
		{"0 0 1 * \xff", "day of week: � is not a day of week", "days of the week are 0 (Sunday) to 6 or SUN to SAT; 7 is Sunday, too", 8},
		{"0123456789abcdef0123456789abcdef0123456789 0 * * *", "minute: 0123456789… is not a minute",
			"write a number, a range such as 1-5, a list such as 1,3, * or */5", 0},
	} {
		_, err := schedule.Parse(c.spec)
		var got *schedule.Error
		if !errors.As(err, &got) {
			t.Errorf("%q: %v", c.spec, err)
			continue
		}
		if *got != (schedule.Error{Message: c.message, Hint: c.hint, Offset: c.offset}) {
			t.Errorf("%q: %+v", c.spec, *got)
		}
	}
}

func TestParseAccepts(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		" 30  2 *\t* * \n": "30 2 * * *", "0 9 ? * MON-fri": "0 9 ? * MON-fri", "5/15 * * * *": "5/15 * * * *", "0 0 29 2 *": "0 0 29 2 *",
		"0 0 30 2 1": "0 0 30 2 1", "@every 1h30m": "@every 1h30m", "@annually": "@annually", "@daily ": "@daily",
		"0 0 31 1-4/3,2 *": "0 0 31 1-4/3,2 *",
	} {
		spec, err := schedule.Parse(text)
		if err != nil || spec.String() != want || spec.Never() {
			t.Errorf("%q: %q %v", text, spec, err)
		}
		if again, err := schedule.Parse(want); err != nil || again != spec {
			t.Errorf("%q isn't itself again: %v", want, err)
		}
	}
}

// sunday is what every cron takes and robfig/cron doesn't: 7, and a range to Sunday.
var sunday = regexp.MustCompile(`(?i)[ ,-]0*7|-sun[^ ]*$`)

// TestSundayIsSeven holds that 7 is Sunday, at either end, and that a spec
// stays as it was written: what a job's ticks follow is known by its text.
func TestSundayIsSeven(t *testing.T) {
	t.Parallel()
	for written, days := range map[string]string{
		"7": "0", "sun": "0", "07": "0", "7-7": "0", "0-7": "0123456", "1-7": "0123456", "5-7": "056",
		"6-7": "06", "SAT-SUN": "06", "sat-7": "06", "fri-sun": "056",
		"1-7/2": "0135", "0-7/2": "0246", "0-7/7": "0", "5-7/2": "05",
		"1,7": "01", "2-3,sat-sun": "0236", "mon-sun/3": "014", "*/7": "0", "1/2": "135", "5/2": "5", "sun-mon": "01",
	} {
		text := "0 12 * * " + written
		spec, err := schedule.Parse(text)
		if err != nil || spec.String() != text {
			t.Errorf("%q: %q, %v", text, spec, err)
			continue
		}
		set, got := schedule.NewSet(time.UTC, spec), map[time.Weekday]bool{}
		from := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
		for tick := range set.Between(from, from.AddDate(0, 0, 14)) {
			got[tick.Weekday()] = true
		}
		shown := ""
		for d := range time.Weekday(7) {
			if got[d] {
				shown += strconv.Itoa(int(d))
			}
		}
		if shown != days {
			t.Errorf("%q runs on %s, want %s", text, shown, days)
		}
	}
}

var token = regexp.MustCompile(`[0-9a-f]{42}`)

// FuzzParse holds that nothing panics, that what is accepted is also accepted
// by robfig/cron and comes due, and that errors point into the spec.
func FuzzParse(f *testing.F) {
	for _, spec := range append(append([]string{"TZ=0", "CRON_TZ=x 0 0 * * *", "@every 1h", ", , , , ,", "*-5/2 */0 L H 7#2"}, specs...),
		dense...) {
		f.Add(spec)
	}
	f.Fuzz(func(t *testing.T, text string) {
		spec, err := schedule.Parse(text)
		if err != nil {
			var e *schedule.Error
			if !errors.As(err, &e) || e.Message == "" || e.Offset < 0 || e.Offset > len(text) || token.MatchString(err.Error()) ||
				strings.ContainsAny(err.Error(), "\n\r") {
				t.Fatalf("%q: %#v", text, err)
			}
			return
		}
		if again, err := schedule.Parse(spec.String()); err != nil || again != spec {
			t.Fatalf("%q: %q is another: %v", text, spec, err)
		}
		if _, err := cron.ParseStandard(spec.String()); err != nil && !sunday.MatchString(spec.String()) {
			t.Fatalf("%q: %v", text, err)
		}
		set := schedule.NewSet(time.UTC, spec)
		now := time.Date(2096, 3, 1, 0, 0, 0, 0, time.UTC)
		if at := set.Next(now); at.IsZero() && !strings.HasPrefix(text, "@every") || !at.IsZero() && !at.After(now) {
			t.Fatalf("%q: %s", text, at)
		}
		set.Warnings(now)
	})
}
