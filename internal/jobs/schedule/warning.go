package schedule

import (
	"fmt"
	"slices"
	"time"
)

// years is how far ahead clock changes are looked for: a date and a change meet
// in some years only.
const years = 5

// Warnings tells what may surprise in these schedules, a line each. Clock
// changes are looked for in the five years after around, which a caller sets to
// the present.
func (s Set) Warnings(around time.Time) []string {
	var found []string
	from := seconds(around)
	changes := s.clock.changes(from, min(seconds(around.AddDate(years, 0, 0)), latest))
	for i := range s.specs {
		spec := &s.specs[i]
		if i > slices.Index(s.specs, *spec) {
			found = append(found, spec.text+": is there twice")
			continue
		}
		for _, text := range append(spec.surprises(), s.clockSurprises(spec, changes)...) {
			found = append(found, spec.text+": "+text)
		}
		if day := int64(24 * 3600); spec.every >= day {
			next := time.Unix(nextMultiple(from, spec.every), 0).In(s.Zone())
			found = append(found, fmt.Sprintf("%s: counts from 1970-01-01 00:00 UTC; the next is at %s in %s",
				spec.text, next.Format("2006-01-02 15:04"), s.Zone()))
		}
	}
	return found
}

// clockSurprises tells of the first gap and of the first repeated hour that the
// spec meets. A spec for every hour simply follows real time: nothing to tell.
func (s Set) clockSurprises(spec *Spec, changes []change) []string {
	if spec.every > 0 || spec.text == "" || spec.everyHour() {
		return nil
	}
	var forward, back string
	for _, ch := range changes {
		switch {
		case ch.new > ch.old && forward == "":
			forward = s.forwardSurprise(spec, ch)
		case ch.new < ch.old && back == "":
			back = s.backSurprise(spec, ch)
		}
	}
	return slices.DeleteFunc([]string{forward, back}, func(text string) bool { return text == "" })
}

func (s Set) forwardSurprise(spec *Spec, ch change) string {
	low, high := s.clock.missing(ch)
	missing := spec.within(low, high)
	if missing.count == 0 {
		return ""
	}
	ends := fmt.Sprintf("%s at %s", missing.runs(), show(high, missing.first))
	if spec.real {
		ends = "left out, as the hour field follows real time"
	}
	return fmt.Sprintf("%s on %s, when clocks go forward in %s: %s",
		missing.doNotExist(missing.first), date(missing.first), s.Zone(), ends)
}

func (s Set) backSurprise(spec *Spec, ch change) string {
	repeated := spec.within(ch.at+ch.new-1, ch.at+ch.old)
	if repeated.count == 0 {
		return ""
	}
	times := show(repeated.first, repeated.first) + " comes"
	if repeated.count > 1 {
		times = show(repeated.first, repeated.first) + " to " + show(repeated.last, repeated.first) + " come"
	}
	ends := "runs the first time only"
	if spec.real {
		ends = "runs both times, as the hour field follows real time"
	}
	return fmt.Sprintf("%s twice on %s, when clocks go back in %s: %s", times, date(repeated.first), s.Zone(), ends)
}

// Twice gives the first tick, in the five years after around, whose wall time
// is that of another tick, too: in an hour that comes twice. Zero: there is none.
func (s Set) Twice(around time.Time) time.Time {
	for _, ch := range s.clock.changes(seconds(around), min(seconds(around.AddDate(years, 0, 0)), latest)) {
		back := ch.old - ch.new
		if back <= 0 {
			continue
		}
		for at := s.next(ch.at - back - 1); at < ch.at; at = s.next(at) {
			if s.next(at+back-1) == at+back {
				return time.Unix(at, 0).UTC()
			}
		}
	}
	return time.Time{}
}

func date(wall int64) string { return time.Unix(wall, 0).UTC().Format(time.DateOnly) }
