package schedule_test

import (
	"fmt"
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
	for _, c := range []struct{ zone, spec, from, want string }{
		{"Europe/London", "30 1 * * *", "2026-03-28T12:00:00Z", "2026-03-29T01:00:00Z 2026-03-30T00:30:00Z"},
		{"Europe/London", "0,30 1 * * *", "2026-03-28T12:00:00Z", "2026-03-29T01:00:00Z 2026-03-30T00:00:00Z"},
		{"Europe/London", "30 1 * * *", "2026-10-24T12:00:00Z", "2026-10-25T00:30:00Z 2026-10-26T01:30:00Z"},
		{"Europe/London", "0 2 * * *", "2026-10-24T12:00:00Z", "2026-10-25T02:00:00Z 2026-10-26T02:00:00Z"},
		{"Europe/London", "0 * * * *", "2026-10-24T23:30:00Z", "2026-10-25T00:00:00Z 2026-10-25T01:00:00Z 2026-10-25T02:00:00Z"},
		{"Europe/London", "0 * * * *", "2026-03-29T00:30:00Z", "2026-03-29T01:00:00Z 2026-03-29T02:00:00Z"},
		{"America/New_York", "30 2 * * 0", "2026-03-02T00:00:00Z", "2026-03-08T07:00:00Z 2026-03-15T06:30:00Z"},
		{"America/Sao_Paulo", "0 0 * * *", "2018-11-03T12:00:00Z", "2018-11-04T03:00:00Z 2018-11-05T02:00:00Z"},
		{"Asia/Beirut", "0 0 * * *", "2026-03-28T12:00:00Z", "2026-03-28T22:00:00Z 2026-03-29T21:00:00Z"},
		{"Australia/Lord_Howe", "15 2 * * *", "2026-10-03T00:00:00Z", "2026-10-03T15:30:00Z 2026-10-04T15:15:00Z"},
		{"Pacific/Apia", "0 9 * * *", "2011-12-29T00:00:00Z", "2011-12-29T19:00:00Z 2011-12-30T10:00:00Z 2011-12-30T19:00:00Z"},
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

// TestAgainstAClock walks a real clock minute by minute and notes when each
// wall time is first shown or passed: an oracle that shares no code with Next.
func TestAgainstAClock(t *testing.T) {
	type daily struct{ hour, minute int }
	years := map[string]int{
		"Europe/London": 2026, "America/New_York": 2026, "America/Sao_Paulo": 2018, "Asia/Beirut": 2026, "Australia/Lord_Howe": 2026,
		"Pacific/Apia": 2011, "Asia/Kathmandu": 2026, "America/Havana": 2026, "Africa/Casablanca": 2026, "America/St_Johns": 2006,
		"Asia/Tehran": 2022, "Antarctica/Troll": 2026, "Pacific/Chatham": 2026, "America/Caracas": 2016, "Asia/Pyongyang": 2018, "UTC": 2026,
	}
	times := []daily{{0, 0}, {0, 1}, {0, 30}, {1, 0}, {1, 30}, {1, 59}, {2, 0}, {2, 15}, {2, 30}, {3, 0}, {3, 45}, {12, 0}, {23, 30}, {23, 59}}
	for name, year := range years {
		z := zone(t, name)
		start := time.Date(year, 1, 1, 0, 0, 0, 0, z).UTC()
		end := start.AddDate(1, 0, 0)
		want := map[daily][]time.Time{}
		shown := digits(start.In(z))
		for at := start.Add(time.Minute); !at.After(end); at = at.Add(time.Minute) {
			now := digits(at.In(z))
			for shown.Before(now) { // one minute, or all that a change jumps over
				shown = shown.Add(time.Minute)
				d := daily{shown.Hour(), shown.Minute()}
				if seen := want[d]; slices.Contains(times, d) && (len(seen) == 0 || !seen[len(seen)-1].Equal(at)) {
					want[d] = append(seen, at)
				}
			}
		}
		for _, d := range times {
			set := schedule.NewSet(z, parse(t, fmt.Sprintf("%d %d * * *", d.minute, d.hour)))
			if got := slices.Collect(set.Between(start, end)); !slices.EqualFunc(got, want[d], time.Time.Equal) {
				t.Errorf("%s %02d:%02d: %d ticks, the clock says %d", name, d.hour, d.minute, len(got), len(want[d]))
			}
		}
	}
}

// digits gives what a wall clock shows, as a UTC time.
func digits(t time.Time) time.Time {
	year, month, day := t.Date()
	return time.Date(year, month, day, t.Hour(), t.Minute(), 0, 0, time.UTC)
}

func TestSchedulesThatMeetAreOneTick(t *testing.T) {
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

func TestParseRefuses(t *testing.T) {
	for text, want := range map[string]string{
		"": "empty", "TZ=": "use the key timezone", "CRON_TZ=Europe/Paris": "use the key timezone", "TZ=UTC 0 0 * * *": "use the key timezone",
		"@every 0s": "whole seconds", "@every -1h": "whole seconds", "@every 500ms": "whole seconds", "@every 1500ms": "whole seconds",
		"@every": "want a duration", "@every soon": "want a duration", "@reboot": "is none of", "@Daily": "is none of",
		"0 0 0 * * *": "no field for seconds", "0 0 * *": "4 fields", "0 0 30 2 *": "never comes", "60 0 * * *": "above maximum",
		"0 9 * * 7": "above maximum", "0 0 L * *": "failed to parse", "H 0 * * *": "failed to parse",
	} {
		if s, err := schedule.Parse(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v %v, want %q", text, s, err, want)
		}
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
