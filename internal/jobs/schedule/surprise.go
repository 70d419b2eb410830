package schedule

import (
	"fmt"
	"math/bits"
	"strconv"
	"strings"
	"time"
)

// surprises tells what may surprise in a spec, whatever the zone.
func (s Spec) surprises() []string {
	words := split(s.text)
	if len(words) != len(fields) {
		return nil
	}
	var found []string
	for i, w := range words {
		found = append(found, fields[i].stepSurprises(w, i == minuteField)...)
	}
	if s.rule.Minute&star != 0 && s.rule.Hour&star == 0 {
		found = append(found, "a * for the minute is every minute of the hour: write 0 to run once in it")
	}
	if s.daysByEither() {
		found = append(found, s.eitherDay())
	}
	if text := s.shortMonths(words[domField]); text != "" {
		found = append(found, text)
	}
	return found
}

// stepSurprises tells of steps such as */7, which begin anew with the hour, the
// day, the month or the week.
func (f field) stepSurprises(w word, minutes bool) []string {
	items, problem := f.items(w)
	if problem != nil {
		return nil
	}
	var found []string
	size := f.high - f.low + 1
	for _, it := range items {
		whole := it.low == f.low && it.high >= f.high && it.step > 1
		switch {
		case !whole:
		case it.step >= size:
			found = append(found, fmt.Sprintf("a step of %d %s leaves one value only: write %d", it.step, f.unit, f.low))
		case f.name == fields[domField].name:
			found = append(found, fmt.Sprintf("a step of %d days begins anew on the 1st of each month", it.step))
		case size%it.step != 0:
			found = append(found, f.uneven(it.step, size, minutes))
		}
	}
	return found
}

func (f field) uneven(step, size int, minutes bool) string {
	last := (size - 1) / step * step
	text := fmt.Sprintf("a step of %d does not divide %d %s: %s, then %d again, only %d later",
		step, size, f.unit, f.listed(step, last), f.low, size-last)
	if minutes {
		text += fmt.Sprintf("; for even steps write @every %dm", step)
	}
	return text
}

func (f field) listed(step, last int) string {
	var values []string
	for value := f.low; value <= f.low+last; value += step {
		values = append(values, strconv.Itoa(value))
	}
	return shortList(values)
}

// eitherDay tells what two day fields mean together.
func (s Spec) eitherDay() string {
	days := valuesOf(s.rule.Dom, fields[domField], strconv.Itoa)
	weekdays := valuesOf(s.rule.Dow, fields[dowField], func(n int) string { return time.Weekday(n).String() })
	noun := "day "
	if bits.OnesCount64(s.rule.Dom) > 1 {
		noun = "days "
	}
	return "day of month and day of week are joined with OR: it runs on " + noun + days +
		" of the month, and also on every " + weekdays
}

// valuesOf lists what a field holds; runs of three and more are written as one.
func valuesOf(set uint64, f field, write func(int) string) string {
	var parts []string
	for n := f.low; n <= f.high; n++ {
		if set&(1<<n) == 0 {
			continue
		}
		end := n
		for end < f.high && set&(1<<(end+1)) != 0 {
			end++
		}
		if end < n+2 {
			parts = append(parts, write(n))
			continue
		}
		parts = append(parts, write(n)+" to "+write(end))
		n = end
	}
	return shortList(parts)
}

// shortList leaves out the middle of a long list.
func shortList(parts []string) string {
	if n := len(parts); n > 4 {
		return parts[0] + ", " + parts[1] + " … " + parts[n-1]
	}
	return strings.Join(parts, ", ")
}

// shortMonths tells of days that some of the spec's months don't have. A
// range such as 28-31 means "to the end of the month", and is no surprise.
func (s Spec) shortMonths(w word) string {
	if s.rule.Dom&star != 0 {
		return ""
	}
	items, problem := fields[domField].items(w)
	if problem != nil {
		return ""
	}
	day := 0
	for _, it := range items {
		if !it.star && it.low == it.high && it.low > 28 {
			day = max(day, it.low)
		}
	}
	if day == 0 {
		return ""
	}
	var without []string
	february := s.rule.Month&(1<<time.February) != 0
	for month := time.January; month <= time.December; month++ {
		if s.rule.Month&(1<<month) != 0 && longest(month) < day {
			without = append(without, month.String())
		}
	}
	switch {
	case len(without) > 0:
		return fmt.Sprintf("runs on the %s only in months that have one; not in %s", ordinal(day), strings.Join(without, ", "))
	case february && day == 29:
		return "February has a 29th in leap years only"
	}
	return ""
}

func ordinal(n int) string {
	suffix := "th"
	switch {
	case n%10 == 1 && n != 11:
		suffix = "st"
	case n%10 == 2 && n != 12:
		suffix = "nd"
	case n%10 == 3 && n != 13:
		suffix = "rd"
	}
	return strconv.Itoa(n) + suffix
}
