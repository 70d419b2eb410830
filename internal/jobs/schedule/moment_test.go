package schedule_test

import (
	"fmt"
	"testing"
	"time"

	"speckle-runner/internal/jobs/schedule"
)

// A wall time is the instant of the tick that the scheduler has at it.
func TestMomentsOfWallTimes(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ zone, text, first, last string }{
		{"Europe/London", "2026-10-25 01:30", "2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z"},
		{"Europe/London", "2026-10-25 00:59", "2026-10-24T23:59:00Z", "2026-10-24T23:59:00Z"},
		{"Europe/London", "2026-10-25T02:00", "2026-10-25T02:00:00Z", "2026-10-25T02:00:00Z"},
		{"Europe/London", "2026-03-29 01:30", "2026-03-29T01:00:00Z", "2026-03-29T01:00:00Z"},
		{"Europe/London", "2026-03-29 01:30:10.5", "2026-03-29T01:00:00Z", "2026-03-29T01:00:00Z"},
		{"Europe/London", "2026-03-29 02:00", "2026-03-29T01:00:00Z", "2026-03-29T01:00:00Z"},
		{"Europe/London", "2026-07-01", "2026-06-30T23:00:00Z", "2026-07-01T22:59:59.999999Z"},
		{"Europe/London", "2026-03-29", "2026-03-29T00:00:00Z", "2026-03-29T22:59:59.999999Z"},
		{"Europe/London", "2026-12-31", "2026-12-31T00:00:00Z", "2026-12-31T23:59:59.999999Z"},
		{"America/Havana", "2026-10-31", "2026-10-31T04:00:00Z", "2026-11-01T03:59:59.999999Z"},
		{"America/Havana", "2026-11-01", "2026-11-01T04:00:00Z", "2026-11-02T04:59:59.999999Z"},
		{"Europe/Berlin", "2026-10-25 02:30", "2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z"},
		{"Europe/Berlin", "2026-10-25 02:30:01.25", "2026-10-25T00:30:01.25Z", "2026-10-25T01:30:01.25Z"},
		{"Europe/Berlin", "2026-03-29 02:30", "2026-03-29T01:00:00Z", "2026-03-29T01:00:00Z"},
		{"America/New_York", "2026-11-01 01:30", "2026-11-01T05:30:00Z", "2026-11-01T06:30:00Z"},
		{"America/New_York", "2026-03-08 02:30", "2026-03-08T07:00:00Z", "2026-03-08T07:00:00Z"},
		{"Australia/Lord_Howe", "2026-04-05 01:45", "2026-04-04T14:45:00Z", "2026-04-04T15:15:00Z"},
		{"Australia/Lord_Howe", "2026-10-04 02:15", "2026-10-03T15:30:00Z", "2026-10-03T15:30:00Z"},
		{"Pacific/Apia", "2011-12-30 09:30", "2011-12-30T10:00:00Z", "2011-12-30T10:00:00Z"},
		{"Pacific/Apia", "2011-12-29 23:59", "2011-12-30T09:59:00Z", "2011-12-30T09:59:00Z"},
		{"Pacific/Apia", "2011-12-31 00:30", "2011-12-30T10:30:00Z", "2011-12-30T10:30:00Z"},
		{"America/Sao_Paulo", "2018-11-04", "2018-11-04T03:00:00Z", "2018-11-05T01:59:59.999999Z"},
		{"America/Sao_Paulo", "2018-11-03", "2018-11-03T03:00:00Z", "2018-11-04T02:59:59.999999Z"},
		{"Pacific/Apia", "2011-12-29", "2011-12-29T10:00:00Z", "2011-12-30T09:59:59.999999Z"},
		{"Asia/Tokyo", "2026-03-29 01:30", "2026-03-28T16:30:00Z", "2026-03-28T16:30:00Z"},
		{"UTC", "2026-10-25 01:30", "2026-10-25T01:30:00Z", "2026-10-25T01:30:00Z"},
	} {
		zones := []*time.Location{zone(t, c.zone)}
		first, err := schedule.Moment(c.text, zones)
		last, lastErr := schedule.End(c.text, zones)
		if err != nil || lastErr != nil || first.Format(time.RFC3339Nano) != c.first || last.Format(time.RFC3339Nano) != c.last {
			t.Errorf("%s in %s: %s to %s (%v, %v), want %s to %s", c.text, c.zone, first.Format(time.RFC3339Nano),
				last.Format(time.RFC3339Nano), err, lastErr, c.first, c.last)
		}
	}
}

// A range of what has passed ends now where its end has begun and isn't over.
func TestARangeThatIsntOverEndsNow(t *testing.T) {
	t.Parallel()
	zones := []*time.Location{zone(t, "Europe/London")}
	for _, c := range []struct{ now, text, want string }{
		{"2026-07-01T12:00:00Z", "2026-07-01", "2026-07-01T12:00:00Z"},
		{"2026-07-01T12:00:00Z", "2026-06-30", "2026-06-30T22:59:59.999999Z"},
		{"2026-07-01T12:00:00Z", "2026-07-02", "2026-07-02T22:59:59.999999Z"},
		{"2026-07-01T12:00:00Z", "2026-07-01 13:00", "2026-07-01T12:00:00Z"},
		{"2026-07-01T12:00:00Z", "2026-07-01 13:01", "2026-07-01T12:01:00Z"},
		{"2026-10-25T01:00:00Z", "2026-10-25 01:30", "2026-10-25T01:00:00Z"},
	} {
		now, _ := schedule.Instant(c.now)
		if end, err := schedule.EndBy(now)(c.text, zones); err != nil || end.Format(time.RFC3339Nano) != c.want {
			t.Errorf("%s at %s ends %s (%v), want %s", c.text, c.now, end.Format(time.RFC3339Nano), err, c.want)
		}
	}
	if _, err := schedule.EndBy(time.Now())("soon", zones); err == nil {
		t.Error("what is no time has an end")
	}
}

// Whatever a clock does, the time that a daily schedule has is the instant at which it ticks.
func TestAMomentIsItsTick(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"Europe/London", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Africa/Casablanca", "UTC"} {
		for _, minutes := range []int{30, 90, 105, 135, 150, 180} {
			spec := fmt.Sprintf("%d %d * * *", minutes%60, minutes/60)
			set := schedule.NewSet(zone(t, name), parse(t, spec))
			for day := time.Date(2026, 1, 1, 0, minutes, 0, 0, time.UTC); day.Year() == 2026; day = day.AddDate(0, 0, 1) {
				text := day.Format("2006-01-02 15:04")
				got, err := schedule.Moment(text, []*time.Location{set.Zone()})
				if err != nil || !set.Next(got.Add(-time.Second)).Equal(got) {
					t.Errorf("%s in %s is %s (%v), which is no tick of %s", text, name, got, err, spec)
				}
			}
		}
	}
}
