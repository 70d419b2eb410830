package scheduler_test

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"
	_ "time/tzdata"

	"speckle-runner/internal/jobs"
)

// Zones whose clocks changed in 2000, the year in which a bubble begins: by an
// hour, by half an hour (Lord Howe), at midnight (São Paulo, Cairo, Beirut),
// in the southern summer, and not at all.
var zones = []string{
	"UTC", "Europe/London", "America/New_York", "Australia/Lord_Howe", "America/Sao_Paulo", "Africa/Cairo",
	"Asia/Beirut", "America/Santiago", "Asia/Kathmandu", "America/St_Johns", "Asia/Tehran",
}

// wanted says by looking at the minutes of the year, and at nothing else, when
// a job is due. A time of day: at the first minute at which the clock shows it
// or has passed it. Otherwise: whenever the clock shows the minute.
type wanted struct {
	spec   string
	daily  int // minutes after midnight; -1: by minute
	minute func(local time.Time) bool
}

var specs = []wanted{
	{spec: "30 2 * * *", daily: 2*60 + 30},
	{spec: "0 0 * * *", daily: 0},
	{spec: "15 1 * * *", daily: 60 + 15},
	{spec: "5 * * * *", daily: -1, minute: func(local time.Time) bool { return local.Minute() == 5 }},
	{spec: "30 */6 * * *", daily: -1, minute: func(local time.Time) bool { return local.Minute() == 30 && local.Hour()%6 == 0 }},
}

// ticks looks at every fifth minute: all specs, and all offsets of these
// zones, are whole multiples of that.
func ticks(zone *time.Location, from, to time.Time) [][]time.Time {
	all := make([][]time.Time, len(specs))
	// For a time of day: the next one, as the clock will show it.
	day := from.In(zone)
	targets := make([]time.Time, len(specs))
	for i, w := range specs {
		targets[i] = time.Date(day.Year(), day.Month(), day.Day(), 0, w.daily, 0, 0, time.UTC)
	}
	for m := from; !m.After(to); m = m.Add(5 * time.Minute) {
		local := m.In(zone)
		shown := time.Date(local.Year(), local.Month(), local.Day(), local.Hour(), local.Minute(), 0, 0, time.UTC)
		for i, w := range specs {
			due := w.daily < 0 && w.minute(local)
			if w.daily >= 0 && !shown.Before(targets[i]) {
				due, targets[i] = true, targets[i].AddDate(0, 0, 1)
			}
			if due && m.After(from) {
				all[i] = append(all[i], m)
			}
		}
	}
	return all
}

func TestAYearOfTicks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		m := newMemory()
		var all []*jobs.Job
		for _, name := range zones {
			zone, err := time.LoadLocation(name)
			if err != nil {
				t.Fatal(err)
			}
			for i, w := range specs {
				all = append(all, jobIn(fmt.Sprintf("%s-%d", name, i), zone, w.spec))
			}
		}
		n := start(t, m, &wallClock{}, file(all...))
		sleep(366 * 24 * time.Hour)
		n.stop()
		var wants [][]time.Time
		for i := 0; i < len(all); i += len(specs) {
			wants = append(wants, ticks(all[i].Zone, began, time.Now())...)
		}
		for i, j := range all {
			want := wants[i]
			got := m.of(j.Name)
			if len(got) != len(want) {
				t.Errorf("%s %s: %d ticks, want %d", j.Name, j.Schedules, len(got), len(want))
			}
			for k := range min(len(got), len(want)) {
				if !got[k].tick.Equal(want[k]) {
					t.Errorf("%s %s: tick %d is %s, want %s", j.Name, j.Schedules, k, got[k].tick.In(j.Zone), want[k].In(j.Zone))
					break
				}
				if late := got[k].at.Sub(got[k].tick); late < 0 || late > time.Second {
					t.Errorf("%s: tick %s was written %s after it", j.Name, got[k].tick, late)
				}
			}
		}
	})
}
