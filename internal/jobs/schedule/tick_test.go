package schedule_test

import (
	"slices"
	"testing"
	"time"

	"speckle-runner/internal/jobs/schedule"
)

func instant(t testing.TB, text string) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

func TestTicksNoteClockChanges(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ zone, spec, after, local, note string }{
		{"Europe/Paris", "30 2 * * *", "2026-03-28T12:00:00Z", "2026-03-29T03:00:00+02:00",
			"clocks go forward: 02:30 does not exist, runs at 03:00"},
		{"Europe/Paris", "*/15 2 * * *", "2026-03-28T12:00:00Z", "2026-03-29T03:00:00+02:00",
			"clocks go forward: 02:00 to 02:45 do not exist, runs once at 03:00"},
		{"Europe/Paris", "30 2 * * *", "2026-03-29T12:00:00Z", "2026-03-30T02:30:00+02:00", ""},
		{"Europe/Paris", "0 * * * *", "2026-03-29T00:30:00Z", "2026-03-29T03:00:00+02:00", "clocks go forward: 02:00 does not exist"},
		{"Europe/Paris", "30 2 * * *", "2026-10-24T12:00:00Z", "2026-10-25T02:30:00+02:00", "02:30 comes twice, runs the first time only"},
		{"Europe/Paris", "0 * * * *", "2026-10-24T23:30:00Z", "2026-10-25T02:00:00+02:00", "02:00 comes twice, this is the first time"},
		{"Europe/Paris", "0 * * * *", "2026-10-25T00:30:00Z", "2026-10-25T02:00:00+01:00", "02:00 comes twice, this is the second time"},
		{"Europe/Paris", "0 3 * * *", "2026-10-24T12:00:00Z", "2026-10-25T03:00:00+01:00", ""},
		{"America/New_York", "0 */2 * * *", "2026-03-08T05:30:00Z", "2026-03-08T04:00:00-04:00",
			"clocks go forward: 02:00 does not exist, left out as the hour field follows real time"},
		{"America/Sao_Paulo", "0 0 * * *", "2018-11-03T12:00:00Z", "2018-11-04T01:00:00-02:00",
			"clocks go forward: 00:00 does not exist, runs at 01:00"},
		{"Pacific/Apia", "30 9,17 * * *", "2011-12-30T05:00:00Z", "2011-12-31T00:00:00+14:00",
			"clocks go forward: 2011-12-30 09:30 to 17:30 do not exist, runs once at 2011-12-31 00:00"},
	} {
		set := schedule.NewSet(zone(t, c.zone), parse(t, c.spec))
		got := set.Ticks(instant(t, c.after), 1)
		if len(got) != 1 || got[0].Local.Format(time.RFC3339) != c.local || got[0].Note != c.note || !got[0].At.Equal(got[0].Local) ||
			got[0].At.Location() != time.UTC {
			t.Errorf("%s in %s: %+v, want %s %q", c.spec, c.zone, got, c.local, c.note)
		}
	}
}

func TestTicksOfTwoSpecsAtAChange(t *testing.T) {
	t.Parallel()
	set := schedule.NewSet(zone(t, "Europe/Paris"), parse(t, "0 3 * * *"), parse(t, "15 2 * * *"), parse(t, "45 2 * * *"))
	got := set.Ticks(instant(t, "2026-03-28T12:00:00Z"), 1)
	if len(got) != 1 || got[0].Note != "clocks go forward: 02:15 to 02:45 do not exist, runs once at 03:00" {
		t.Errorf("%+v", got)
	}
}

func TestTicksBetween(t *testing.T) {
	t.Parallel()
	set := schedule.NewSet(zone(t, "Europe/Paris"), parse(t, "0 */6 * * *"))
	from := instant(t, "2026-03-28T12:00:00Z")
	all := slices.Collect(set.TicksBetween(from, from.AddDate(0, 0, 2)))
	if first := set.Ticks(from, len(all)); len(all) != 8 || !slices.Equal(first, all) {
		t.Errorf("%+v\n%+v", all, first)
	}
	for range set.TicksBetween(from, from.AddDate(0, 0, 2)) {
		break // an iterator must bear it
	}
}

// The zero Set is that of a manual job.
func TestNoTicks(t *testing.T) {
	t.Parallel()
	now := instant(t, "2026-03-28T12:00:00Z")
	for _, set := range []schedule.Set{{}, schedule.NewSet(nil), schedule.NewSet(time.UTC, schedule.Spec{})} {
		if at := set.Next(now); !at.IsZero() || set.Ticks(now, 3) != nil || len(set.Warnings(now)) > 0 {
			t.Errorf("%s: %s", set, at)
		}
	}
	if !(schedule.Spec{}).Never() {
		t.Error("the zero Spec comes due")
	}
	// The last second that is searched; and times that no zone knows.
	set := schedule.NewSet(zone(t, "Europe/Paris"), parse(t, "30 2 * * *"))
	for _, at := range []time.Time{time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC), time.Unix(1<<62, 0)} {
		if next := set.Next(at); !next.IsZero() {
			t.Errorf("%s after %s", next, at)
		}
	}
	if next := set.Next(time.Time{}); next.IsZero() || next.Year() != 1 {
		t.Errorf("%s after the zero time", next)
	}
}

func TestFractionsOfASecond(t *testing.T) {
	t.Parallel()
	set := schedule.NewSet(time.UTC, parse(t, "@every 1s"))
	at := time.Date(2026, 1, 1, 0, 0, 0, 1, time.UTC)
	if next := set.Next(at); !next.Equal(at.Add(time.Second - time.Nanosecond)) {
		t.Errorf("%s", next)
	}
	if next := set.Next(at.Add(-2)); !next.Equal(at.Add(-1)) {
		t.Errorf("%s", next)
	}
}

func TestOrderOfSpecsDoesNotMatter(t *testing.T) {
	t.Parallel()
	list := []schedule.Spec{parse(t, "30 2 * * *"), parse(t, "0 */2 * * *"), parse(t, "@every 7h"), parse(t, "0 3 * * 0")}
	from := instant(t, "2026-03-20T00:00:00Z")
	want := slices.Collect(schedule.NewSet(zone(t, "Europe/Paris"), list...).Between(from, from.AddDate(0, 0, 20)))
	slices.Reverse(list)
	set := schedule.NewSet(zone(t, "Europe/Paris"), list...)
	if got := slices.Collect(set.Between(from, from.AddDate(0, 0, 20))); !slices.Equal(got, want) {
		t.Errorf("%v\n%v", got, want)
	}
	if text := set.String(); text != "0 3 * * 0; @every 7h; 0 */2 * * *; 30 2 * * * (Europe/Paris)" {
		t.Error(text)
	}
}

func BenchmarkNext(b *testing.B) {
	for _, text := range []string{"30 2 * * *", "*/15 * * * *", "0 * * * *", "0 9 * * 1-5", "59 23 31 12 *", "0 0 29 2 *", "* * 29 2 *",
		"@every 15m"} {
		for _, name := range []string{"UTC", "Europe/Paris"} {
			b.Run(text+" "+name, func(b *testing.B) {
				set := schedule.NewSet(zone(b, name), parse(b, text))
				at := time.Date(2026, 11, 24, 8, 0, 0, 0, time.UTC)
				b.ReportAllocs()
				for b.Loop() {
					if at = set.Next(at); at.Year() > 2090 {
						at = time.Date(2026, 11, 24, 8, 0, 0, 0, time.UTC)
					}
				}
			})
		}
	}
}
