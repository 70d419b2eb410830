package schedule

import (
	"errors"
	"time"
)

// compact is how a tick stands in the id of its run.
const compact = "20060102T150405Z"

// Instant reads a time that is the same everywhere, as people and the ids of runs have it.
func Instant(text string) (time.Time, bool) {
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		t, err = time.Parse(compact, text)
	}
	return t.UTC(), err == nil
}

// Moment reads a time as people give it: an instant, or a wall time in the zone that is
// the same of all.
func Moment(text string, zones []*time.Location) (time.Time, error) {
	if t, is := Instant(text); is {
		return t.Truncate(time.Microsecond), nil
	}
	for _, layout := range []string{"2006-01-02T15:04", "2006-01-02 15:04", time.DateTime, time.DateOnly} {
		if _, err := time.Parse(layout, text); err != nil {
			continue
		}
		for _, zone := range zones {
			if zone.String() != zones[0].String() {
				return time.Time{}, errors.New("the jobs are in different zones; give it as 2026-03-02T02:30:00Z")
			}
		}
		t, err := time.ParseInLocation(layout, text, zones[0])
		return t.UTC(), err
	}
	return time.Time{}, errors.New("want a time such as 2026-03-02T02:30:00Z, or 2026-03-02 02:30 in the job's zone")
}
