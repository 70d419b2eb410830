package schedule

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"speckle-runner/internal/said"
)

// Words says when a job is due, as a person would: "every day at 02:30". A spec
// that takes more than a line to say is given as it was written.
func (s Set) Words() string {
	texts := make([]string, len(s.specs))
	for i, spec := range s.specs {
		texts[i] = spec.Words()
	}
	return strings.Join(texts, "; ")
}

// Words says when a spec is due, without its zone.
func (s Spec) Words() string {
	if s.every > 0 {
		return "every " + length(time.Duration(s.every)*time.Second)
	}
	if named := map[string]string{
		"@hourly": "every hour", "@daily": "every day at 00:00", "@midnight": "every day at 00:00", "@weekly": "every Sunday at 00:00",
		"@monthly": "on the 1st of every month at 00:00", "@yearly": "every 1 January at 00:00", "@annually": "every 1 January at 00:00",
	}[s.text]; named != "" {
		return named
	}
	fields := strings.Fields(s.text)
	if len(fields) != 5 {
		return s.text
	}
	times := timesOfDay(fields[0], fields[1])
	days := daysInWords(fields[2], fields[3], fields[4])
	switch {
	case times == "" || days == "":
		return s.text
	case strings.HasPrefix(times, "every "):
		if days == everyDay {
			return times
		}
		return times + ", " + days
	}
	return days + " at " + times
}

const everyDay = "every day"

// length writes a length of time: "15 minutes".
func length(d time.Duration) string {
	for _, unit := range []struct {
		of   time.Duration
		name string
	}{{24 * time.Hour, "day"}, {time.Hour, "hour"}, {time.Minute, "minute"}, {time.Second, "second"}} {
		if d%unit.of == 0 {
			if n := d / unit.of; n > 1 {
				return fmt.Sprintf("%d %ss", n, unit.name)
			}
			return unit.name
		}
	}
	return d.String()
}

// timesOfDay gives "02:30" or "07:00 and 13:00", or "every 10 minutes"; "" for
// what isn't as plain.
func timesOfDay(minute, hour string) string {
	step, stepped := evenStep(minute, 60)
	switch {
	case hour == "*" && minute == "*":
		return "every minute"
	case hour == "*" && stepped:
		return "every " + length(time.Duration(step)*time.Minute)
	case hour == "*":
		minutes := numbers(minute, 59)
		if len(minutes) != 1 {
			return ""
		}
		return fmt.Sprintf("every hour at %02d minutes past", minutes[0])
	}
	if every, ok := evenStep(hour, 24); ok && minute == "0" {
		return "every " + length(time.Duration(every)*time.Hour)
	}
	minutes, hours := numbers(minute, 59), numbers(hour, 23)
	if len(minutes) != 1 || len(hours) == 0 || len(hours) > 6 {
		return ""
	}
	texts := make([]string, len(hours))
	for i, h := range hours {
		texts[i] = fmt.Sprintf("%02d:%02d", h, minutes[0])
	}
	return said.Both(texts)
}

// evenStep gives the step of a field such as */15, where it is the same all along: */45
// is minute 0 and minute 45.
func evenStep(field string, size int) (step int, even bool) {
	text, stepped := strings.CutPrefix(field, "*/")
	step, err := strconv.Atoi(text)
	return step, stepped && err == nil && step > 0 && step < size && size%step == 0
}

// daysInWords gives "every day", "Monday to Friday", "on the 1st of every month";
// "" for what isn't as plain.
func daysInWords(day, month, weekday string) string {
	all := func(field string) bool { return field == "*" || field == "?" }
	if !all(month) {
		return ""
	}
	switch {
	case all(day) && all(weekday):
		return everyDay
	case all(day):
		return weekdays(weekday)
	case all(weekday):
		days := numbers(day, 31)
		if len(days) == 0 || len(days) > 4 {
			return ""
		}
		texts := make([]string, len(days))
		for i, d := range days {
			texts[i] = "the " + ordinal(d)
		}
		if slices.Max(days) > 28 {
			return "on " + said.Both(texts) + " of months that have it"
		}
		return "on " + said.Both(texts) + " of every month"
	}
	return ""
}

func weekdays(field string) string {
	from, to, isRange := strings.Cut(field, "-")
	if isRange {
		a, b := weekday(from), weekday(to)
		if a == "" || b == "" {
			return ""
		}
		return a + " to " + b
	}
	var texts []string
	for part := range strings.SplitSeq(field, ",") {
		name := weekday(part)
		if name == "" {
			return ""
		}
		texts = append(texts, "every "+name)
	}
	return strings.ReplaceAll(said.Both(texts), ", every ", ", ")
}

func weekday(text string) string {
	if n, err := strconv.Atoi(text); err == nil && n >= 0 && n <= 7 {
		return time.Weekday(n % 7).String()
	}
	for d := time.Sunday; d <= time.Saturday; d++ {
		if strings.EqualFold(text, d.String()[:3]) {
			return d.String()
		}
	}
	return ""
}

// numbers reads a list of plain numbers, nil for anything else.
func numbers(field string, most int) []int {
	var all []int
	for part := range strings.SplitSeq(field, ",") {
		n, err := strconv.Atoi(part)
		if err != nil || n < 0 || n > most {
			return nil
		}
		all = append(all, n)
	}
	return all
}
