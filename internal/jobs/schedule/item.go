package schedule

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// item is one of the comma-separated parts of a field.
type item struct {
	star      bool // * or ?
	low, high int
	step      int // 1 where none is written
}

// check is stricter than robfig/cron's parser, which takes "*-5", "1,,2", ","
// and "+3", and says better what is wrong.
func (f field) check(w word) *Error {
	_, problem := f.items(w)
	return problem
}

func (f field) items(w word) ([]item, *Error) {
	var items []item
	offset := w.offset
	for part := range strings.SplitSeq(w.text, ",") {
		it, problem := f.item(part)
		if problem != nil {
			problem.Offset = offset
			return nil, problem
		}
		items = append(items, it)
		offset += len(part) + 1
	}
	return items, nil
}

func (f field) item(text string) (item, *Error) {
	if text == "" {
		return item{}, &Error{Message: f.name + ": a comma without a value", Hint: "lists are written 1,15,30"}
	}
	span, stepText, stepped := strings.Cut(text, "/")
	it, problem := f.span(span, stepped)
	if problem != nil || !stepped {
		return it, problem
	}
	step, ok := digits(stepText)
	if !ok || step < 1 {
		return item{}, &Error{
			Message: fmt.Sprintf("%s: %s has no step after the /", f.name, quote(text)),
			Hint:    "steps are whole numbers from 1, as in */15",
		}
	}
	it.step = step
	return it, nil
}

// span reads the part before a step; "5/15" goes on to the end of the field.
func (f field) span(text string, stepped bool) (item, *Error) {
	if text == "*" || text == "?" {
		return item{star: true, low: f.low, high: f.high, step: 1}, nil
	}
	lowText, highText, ranged := strings.Cut(text, "-")
	low, problem := f.value(lowText, text)
	if problem != nil {
		return item{}, problem
	}
	high := low
	switch {
	case ranged:
		high, problem = f.value(highText, text)
		if problem != nil {
			return item{}, problem
		}
		high = f.roundTo(low, high, highText)
	case stepped && low > f.high:
		return item{}, &Error{
			Message: fmt.Sprintf("%s: %s has no day after it to step to", f.name, quote(text)),
			Hint:    "write 0 to count from Sunday on, or 7 alone for Sundays",
		}
	case stepped:
		high = f.high
	}
	if low > high {
		return item{}, &Error{
			Message: fmt.Sprintf("%s: %s goes backwards", f.name, quote(text)),
			Hint:    "write " + f.wrapped(low, high),
		}
	}
	return item{low: low, high: high, step: 1}, nil
}

// roundTo gives the end of a range. FRI-SUN ends with the Sunday that comes
// after Friday, as every cron reads it.
func (f field) roundTo(low, high int, written string) int {
	if _, number := digits(written); !number && high == f.low && low > f.low && f.top > f.high {
		return f.top
	}
	return high
}

// wrapped writes a range that goes over the end of the field, such as 22-2.
func (f field) wrapped(low, high int) string {
	span := func(low, high int) string {
		if low == high {
			return strconv.Itoa(low)
		}
		return fmt.Sprintf("%d-%d", low, high)
	}
	if low > f.high {
		return span(f.low, high)
	}
	return span(low, f.high) + "," + span(f.low, high)
}

func (f field) value(text, whole string) (int, *Error) {
	if i := slices.Index(f.names, strings.ToLower(text)); i >= 0 {
		return f.low + i, nil
	}
	n, ok := digits(text)
	if !ok {
		return 0, &Error{
			Message: fmt.Sprintf("%s: %s is not a %s", f.name, quote(whole), f.name),
			Hint:    f.foreignHint(whole),
		}
	}
	if n < f.low || n > f.top {
		return 0, &Error{
			Message: fmt.Sprintf("%s: %s is not from %d to %d", f.name, quote(text), f.low, f.top),
			Hint:    f.rangeHint(n),
		}
	}
	return n, nil
}

// plain writes a field as robfig/cron takes it: an item that goes to the
// second Sunday, 7, is written out day by day.
func (f field) plain(w word) string {
	items, problem := f.items(w)
	if problem != nil {
		return w.text
	}
	parts := strings.Split(w.text, ",")
	for i, it := range items {
		if it.high <= f.high {
			continue
		}
		var days []string
		for n := it.low; n <= it.high; n += it.step {
			days = append(days, strconv.Itoa(f.low+(n-f.low)%(f.high-f.low+1)))
		}
		parts[i] = strings.Join(days, ",")
	}
	return strings.Join(parts, ",")
}
