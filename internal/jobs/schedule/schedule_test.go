package schedule_test

import (
	"slices"
	"strings"
	"testing"
	"time"
	_ "time/tzdata" // the tests don't depend on the machine's zones

	"speckle-runner/internal/jobs/schedule"
)

func zone(t testing.TB, name string) *time.Location {
	t.Helper()
	z, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

func parse(t testing.TB, text string) schedule.Spec {
	t.Helper()
	s, err := schedule.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestClockChanges holds the cases in which robfig/cron's own Next skips a day
// or runs twice.
func TestClockChanges(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ zone, spec, from, want string }{
		{"Europe/London", "30 1 * * *", "2026-03-28T12:00:00Z", "2026-03-29T01:00:00Z 2026-03-30T00:30:00Z"},
		{"Europe/London", "0,30 1 * * *", "2026-03-28T12:00:00Z", "2026-03-29T01:00:00Z 2026-03-30T00:00:00Z"},
		{"Europe/London", "30 1 * * *", "2026-10-24T12:00:00Z", "2026-10-25T00:30:00Z 2026-10-26T01:30:00Z"},
		{"Europe/London", "30 1 * * *", "2026-10-25T00:45:00Z", "2026-10-26T01:30:00Z"}, // asked between the two
		{"Europe/London", "30 1 * * *", "2026-10-25T01:10:00Z", "2026-10-26T01:30:00Z"}, // asked in the second pass
		{"Europe/London", "0 2 * * *", "2026-10-24T12:00:00Z", "2026-10-25T02:00:00Z 2026-10-26T02:00:00Z"},
		{"Europe/London", "0 * * * *", "2026-10-24T23:30:00Z", "2026-10-25T00:00:00Z 2026-10-25T01:00:00Z 2026-10-25T02:00:00Z"},
		{"Europe/London", "0 * * * *", "2026-03-29T00:30:00Z", "2026-03-29T01:00:00Z 2026-03-29T02:00:00Z"},
		{"America/New_York", "30 2 * * 0", "2026-03-02T00:00:00Z", "2026-03-08T07:00:00Z 2026-03-15T06:30:00Z"},
		{"America/Sao_Paulo", "0 0 * * *", "2018-11-03T12:00:00Z", "2018-11-04T03:00:00Z 2018-11-05T02:00:00Z"},
		{"Asia/Beirut", "0 0 * * *", "2026-03-28T12:00:00Z", "2026-03-28T22:00:00Z 2026-03-29T21:00:00Z"},
		{"Australia/Lord_Howe", "15 2 * * *", "2026-10-03T00:00:00Z", "2026-10-03T15:30:00Z 2026-10-04T15:15:00Z"},
		{"Pacific/Apia", "0 9 * * *", "2011-12-29T00:00:00Z", "2011-12-29T19:00:00Z 2011-12-30T10:00:00Z 2011-12-30T19:00:00Z"},
		{"Pacific/Apia", "0 0 * * *", "2011-12-29T00:00:00Z", "2011-12-29T10:00:00Z 2011-12-30T10:00:00Z 2011-12-31T10:00:00Z"},
		{"Pacific/Apia", "0 9 * * 5", "2011-12-24T00:00:00Z", "2011-12-30T10:00:00Z 2012-01-05T19:00:00Z"},
		{"Pacific/Apia", "0 */12 * * 5", "2011-12-24T00:00:00Z", "2012-01-05T10:00:00Z 2012-01-05T22:00:00Z"},
		{"Pacific/Kwajalein", "0 12 * * *", "1993-08-20T20:00:00Z", "1993-08-21T00:00:00Z 1993-08-21T12:00:00Z 1993-08-22T00:00:00Z"},
		{"America/Juneau", "0 9 * * *", "1867-10-18T00:00:00Z", "1867-10-18T17:57:41Z 1867-10-20T17:57:41Z"},
		{"America/New_York", "0 */2 * * *", "2026-03-08T04:30:00Z", "2026-03-08T05:00:00Z 2026-03-08T08:00:00Z 2026-03-08T10:00:00Z"},
		{"America/New_York", "0 */2 * * *", "2026-11-01T03:30:00Z", "2026-11-01T04:00:00Z 2026-11-01T07:00:00Z 2026-11-01T09:00:00Z"},
		{"Australia/Lord_Howe", "*/30 * * * *", "2026-10-03T14:45:00Z", "2026-10-03T15:00:00Z 2026-10-03T15:30:00Z 2026-10-03T16:00:00Z"},
		{"Australia/Lord_Howe", "15 * * * *", "2026-10-03T14:40:00Z", "2026-10-03T14:45:00Z 2026-10-03T16:15:00Z"},
		{"Europe/Paris", "*/15 1-3 * * *", "2026-03-29T00:40:00Z", "2026-03-29T00:45:00Z 2026-03-29T01:00:00Z 2026-03-29T01:15:00Z"},
		{"UTC", "30 2 29 2 *", "2096-03-01T00:00:00Z", "2104-02-29T02:30:00Z"},
		{"Asia/Tokyo", "@every 24h", "2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z 2026-01-03T00:00:00Z"},
		{"UTC", "@every 15m", "2026-01-01T00:00:01Z", "2026-01-01T00:15:00Z 2026-01-01T00:30:00Z"},
		{"UTC", "@every 7s", "1969-12-31T23:59:50Z", "1969-12-31T23:59:53Z 1970-01-01T00:00:00Z"},
		{"UTC", "0 0 29 2 *", "2026-01-01T00:00:00Z", "2028-02-29T00:00:00Z 2032-02-29T00:00:00Z"},
	} {
		at, err := time.Parse(time.RFC3339, c.from)
		if err != nil {
			t.Fatal(err)
		}
		set := schedule.NewSet(zone(t, c.zone), parse(t, c.spec))
		var got []string
		for range strings.FieldsSeq(c.want) {
			at = set.Next(at)
			got = append(got, at.Format(time.RFC3339))
		}
		if text := strings.Join(got, " "); text != c.want {
			t.Errorf("%s in %s:\n got %s\nwant %s", c.spec, c.zone, text, c.want)
		}
	}
}

func TestSchedulesThatMeetAreOneTick(t *testing.T) {
	t.Parallel()
	set := schedule.NewSet(time.UTC, parse(t, "0 6 * * *"), parse(t, "@daily"), parse(t, "0 0,6 * * 1"))
	from := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	var got []string
	for at := range set.Between(from, from.AddDate(0, 0, 1)) {
		got = append(got, at.Format("02T15"))
	}
	if !slices.Equal(got, []string{"23T00", "23T06"}) {
		t.Errorf("%v", got)
	}
}

func FuzzNext(f *testing.F) {
	f.Add("30 2 * * *", int64(1774746000), 0)
	f.Add("*/7 */2 1-5 * 1", int64(0), 3)
	f.Add("@every 90s", int64(-5), 1)
	names := []string{"Europe/London", "Australia/Lord_Howe", "Pacific/Apia", "America/Sao_Paulo", "UTC"}
	f.Fuzz(func(t *testing.T, text string, unix int64, pick int) {
		spec, err := schedule.Parse(text)
		if err != nil {
			return
		}
		set := schedule.NewSet(zone(t, names[uint(pick)%uint(len(names))]), spec)
		at := time.Unix(unix%4_000_000_000, 0)
		for range 5 {
			next := set.Next(at)
			if next.IsZero() {
				return
			}
			if !next.After(at) {
				t.Fatalf("%q: %s after %s", text, next, at)
			}
			at = next
		}
	})
}
