package schedule_test

import (
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"speckle-runner/internal/jobs/schedule"
)

// The oracle reads wall clocks through time.In alone, finds every change by
// walking second by second, and matches specs by looking at each minute. It
// shares no code with the package, nor with robfig/cron.

// stretch is a time in which the wall clock runs without a change.
type stretch struct{ at, wall, length int64 }

// walk reads a zone's clock from one instant up to before another.
func walk(zone *time.Location, from, to int64) []stretch {
	const hour = 3600
	var found []stretch
	extend := func(at, wall, length int64) {
		if n := len(found); n > 0 && found[n-1].wall+found[n-1].length == wall {
			found[n-1].length += length
			return
		}
		found = append(found, stretch{at, wall, length})
	}
	for at := from; at < to; at += hour {
		if shown(zone, at+hour)-shown(zone, at) == hour {
			extend(at, shown(zone, at), hour)
			continue
		}
		for second := at; second < at+hour; second++ {
			extend(second, shown(zone, second), 1)
		}
	}
	return found
}

func shown(zone *time.Location, at int64) int64 {
	t := time.Unix(at, 0).In(zone)
	return time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), 0, time.UTC).Unix()
}

// table is a spec as sets, read by a parser of its own.
type table struct {
	minute, hour, dom, month, dow [60]bool
	anyDom, anyDow, real          bool
}

func tableOf(text string) table {
	five := strings.Fields(map[string]string{
		"@hourly": "0 * * * *", "@daily": "0 0 * * *", "@midnight": "0 0 * * *", "@weekly": "0 0 * * 0",
		"@monthly": "0 0 1 * *", "@yearly": "0 0 1 1 *", "@annually": "0 0 1 1 *",
	}[text])
	if len(five) == 0 {
		five = strings.Fields(text)
	}
	tb := table{real: five[1][0] == '*'}
	tb.minute, _ = setOf(five[0], 0, 59)
	tb.hour, _ = setOf(five[1], 0, 23)
	tb.dom, tb.anyDom = setOf(five[2], 1, 31)
	tb.month, _ = setOf(five[3], 1, 12)
	tb.dow, tb.anyDow = setOf(strings.ReplaceAll(five[4], "-SUN", "-7"), 0, 6)
	tb.dow[0] = tb.dow[0] || tb.dow[7]
	return tb
}

func setOf(text string, low, high int) (set [60]bool, open bool) {
	names := strings.NewReplacer("JAN", "1", "FEB", "2", "MAR", "3", "OCT", "10", "DEC", "12", "SUN", "0", "MON", "1", "FRI", "5", "SAT", "6")
	number := func(s string) int { n, _ := strconv.Atoi(s); return n }
	for part := range strings.SplitSeq(names.Replace(text), ",") {
		span, step, stepped := strings.Cut(part, "/")
		from, to, ranged := strings.Cut(span, "-")
		a, b := number(from), number(to)
		switch {
		case from == "*":
			a, b = low, high
		case !ranged && stepped:
			b = high
		case !ranged:
			b = a
		}
		every := max(1, number(step))
		open = open || from == "*" && every == 1
		for n := a; n <= b; n += every {
			set[n] = true
		}
	}
	return set, open
}

func (tb table) onDay(t time.Time) bool {
	if !tb.month[t.Month()] {
		return false
	}
	dom, dow := tb.dom[t.Day()], tb.dow[t.Weekday()]
	if tb.anyDom || tb.anyDow {
		return dom && dow
	}
	return dom || dow
}

// matches gives the matching wall minutes from low up to before high.
func (tb table) matches(low, high int64) []int64 {
	var found []int64
	if low >= high {
		return nil
	}
	t := time.Unix(low, 0).UTC()
	midnight := low - int64(t.Hour()*3600+t.Minute()*60+t.Second())
	for ; midnight < high; midnight += day {
		if !tb.onDay(time.Unix(midnight, 0).UTC()) {
			continue
		}
		for hour := range int64(24) {
			for minute := int64(0); tb.hour[hour] && minute < 60; minute++ {
				wall := midnight + hour*3600 + minute*60
				if tb.minute[minute] && low <= wall && wall < high {
					found = append(found, wall)
				}
			}
		}
	}
	return found
}

// expect gives the ticks of a spec while the clock is walked.
func expect(spec string, clock []stretch) []int64 {
	tb := tableOf(spec)
	var ticks []int64
	latest := clock[0].wall - 1
	for _, s := range clock {
		end := s.wall + s.length
		if tb.real {
			for _, wall := range tb.matches(s.wall, end) {
				ticks = append(ticks, s.at+wall-s.wall)
			}
			continue
		}
		// Times that the change jumped over meet in its first instant.
		jumped := len(tb.matches(latest+1, s.wall)) > 0
		for _, wall := range tb.matches(max(s.wall, latest+1), end) {
			if jumped && wall > s.wall {
				ticks = append(ticks, s.at)
			}
			jumped = false
			ticks = append(ticks, s.at+wall-s.wall)
		}
		if jumped {
			ticks = append(ticks, s.at)
		}
		latest = max(latest, end-1)
	}
	return ticks
}

// window compares the package with the oracle from one instant to another.
func window(t *testing.T, zone *time.Location, spec string, clock []stretch, from, to int64) {
	t.Helper()
	want := slices.DeleteFunc(expect(spec, clock), func(at int64) bool { return at <= from || at > to })
	set := schedule.NewSet(zone, parse(t, spec))
	var got []int64
	for at := range set.Between(time.Unix(from, 0), time.Unix(to, 0)) {
		got = append(got, at.Unix())
	}
	if slices.Equal(got, want) {
		return
	}
	for i := range max(len(got), len(want)) {
		if i >= len(got) || i >= len(want) || got[i] != want[i] {
			t.Errorf("%s in %s, tick %d of %d: got %s, the clock says %s", spec, zone, i, len(want), local(got, i, zone), local(want, i, zone))
			return
		}
	}
}

func local(ticks []int64, i int, zone *time.Location) string {
	if i >= len(ticks) {
		return "none"
	}
	return time.Unix(ticks[i], 0).In(zone).Format(time.RFC3339)
}

// specs is a spread of what people write, and of what they should not.
var specs = []string{
	"0 0 * * *", "1 0 * * *", "30 0 * * *", "15 0 * * *", "59 23 * * *", "30 23 * * *", "0 1 * * *", "30 1 * * *", "0 2 * * *", "15 2 * * *",
	"30 2 * * *", "59 2 * * *", "0 3 * * *", "1 3 * * *", "30 3 * * *", "0 4 * * *", "0 12 * * *", "0,30 2 * * *", "0 0,12 * * *",
	"0 */6 * * *", "0 */24 * * *", "30 */9 * * *", "30 2 * * 0", "30 2 * * SUN", "0 9 * * 1-5", "0 0 * * 5", "0 2 * * MON,FRI", "30 1 * * 6,0",
	"0 9 * * FRI", "15 0 * * SAT", "0 0 1 * *", "30 2 1 * *", "0 0 31 * *", "30 23 30,31 * *", "0 9 30 12 *", "0 0 1 1 *", "30 2 29 2 *",
	"0 2 8-14 MAR *", "0 0 1 */3 *", "0 0 */2 * *", "30 2 */10 * *", "0 0 13 * 5", "30 2 1-7 * 0", "0 3 */2 * 1", "0 0 * OCT 0",
	"30 1 25-31 3,10 *", "* * 30 12 *", "0 */2 * * 5", "@daily", "@midnight", "@weekly", "@monthly", "@yearly", "@annually",
	"30 2 * * 7", "0 2 * * SAT-SUN", "30 1 * * 5-7", "0 0 13 * 1-7/2", "0 3 1 * 0-7",
}

// dense specs are compared around clock changes only; the first ten of them in
// one place all year.
var dense = []string{
	"0 * * * *", "15 * * * *", "45 * * * *", "@hourly", "*/30 * * * *", "0 */2 * * *", "30 */2 * * *", "15 */3 * * *", "0 */4 * * *",
	"30 */5 * * *",
	"0 *,3 * * *", "*/7 */7 * * *", "*/40 * * * 0", "*/15 2 * * *", "*/15 1-3 * * *", "* 2 * * *", "*/20 0,2,3 * * *", "0 0-23 * * *",
	"30 0-5/2 * * *",
	"7/20 1 * * *", "* * * * *", "*/5 * * * *", "1-59/2 0-4 * * *", "* 0-3,23 * * *", "* */2 * * *",
}

// places are zones and the years in which their clocks do something odd.
var places = map[string]int{
	"UTC": 2026, "Etc/GMT+12": 2026, "Asia/Tokyo": 2026, "Asia/Kolkata": 1941, "Asia/Kathmandu": 1985,
	"Europe/London": 2026, "Europe/Paris": 1911, "Europe/Dublin": 2026, "Europe/Lisbon": 1992, "Europe/Berlin": 1945, "Europe/Amsterdam": 1937,
	"Europe/Istanbul": 2016, "Europe/Moscow": 2011, "Europe/Simferopol": 2014, "Europe/Volgograd": 2018,
	"America/New_York": 2026, "America/Los_Angeles": 2025, "America/Sao_Paulo": 2018, "America/Havana": 2026, "America/St_Johns": 2006,
	"America/Caracas": 2007, "America/Santiago": 2026, "America/Asuncion": 2023, "America/Nuuk": 2023, "America/Scoresbysund": 2024,
	"America/Juneau": 1867, "America/Whitehorse": 2020, "America/Mexico_City": 2022,
	"Africa/Cairo": 2014, "Africa/Casablanca": 2026, "Africa/Monrovia": 1972, "Africa/Juba": 2021,
	"Asia/Beirut": 2026, "Asia/Amman": 2022, "Asia/Tehran": 2022, "Asia/Gaza": 2026, "Asia/Pyongyang": 2018, "Asia/Singapore": 1981,
	"Asia/Manila":         1844,
	"Australia/Lord_Howe": 2026, "Australia/Adelaide": 2026, "Australia/Sydney": 2050, "Antarctica/Troll": 2026, "Antarctica/Casey": 2018,
	"Antarctica/Macquarie": 2010,
	"Pacific/Apia":         2011, "Pacific/Fakaofo": 2011, "Pacific/Kwajalein": 1993, "Pacific/Kiritimati": 1994, "Pacific/Chatham": 2026,
	"Pacific/Norfolk":  2015,
	"Pacific/Honolulu": 1947, "Atlantic/Azores": 2026, "Indian/Mauritius": 2008,
}

const day = 24 * 3600

// TestAgainstTheOracle compares 13 months in each place.
func TestAgainstTheOracle(t *testing.T) {
	t.Parallel()
	for name, year := range places {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			zone := zone(t, name)
			from := time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC).Unix()
			to := from + 395*day
			clock := walk(zone, from-4*day, to+4*day)
			for _, spec := range specs {
				window(t, zone, spec, clock, from, to)
			}
			for _, s := range clock[1:] {
				near := walk(zone, s.at-4*day, s.at+4*day)
				for _, spec := range dense {
					window(t, zone, spec, near, s.at-day/4, s.at+day/2)
				}
				for i, spec := range specs {
					// Asked from inside a repeated hour, as after a restart.
					window(t, zone, spec, near, s.at+int64(i*7%60)*60, s.at+day*3/2)
				}
			}
			for _, spec := range dense[:10] {
				if name == "Australia/Lord_Howe" {
					window(t, zone, spec, clock, from, to)
				}
			}
		})
	}
}

// FuzzOracle compares random specs, zones and weeks; its seeds are a property
// test by themselves.
func FuzzOracle(f *testing.F) {
	for seed := range uint64(200) {
		f.Add(seed)
	}
	var names []string
	for name := range places {
		names = append(names, name)
	}
	slices.Sort(names)
	f.Fuzz(func(t *testing.T, seed uint64) {
		r := rand.New(rand.NewPCG(seed, 3))
		name := names[r.IntN(len(names))]
		zone := zone(t, name)
		from := time.Date(places[name], 1, 1, 0, 0, 0, 0, time.UTC).Unix() + r.Int64N(365*day)
		if r.IntN(2) == 0 {
			from = time.Date(1900+r.IntN(220), 1, 1, 0, 0, 0, 0, time.UTC).Unix() + r.Int64N(365*day)
		}
		if _, end := time.Unix(from, 0).In(zone).ZoneBounds(); !end.IsZero() {
			from = end.Unix() + 2*3600 - r.Int64N(3*day) // near a change, or in the hour it repeats
		}
		to := from + 4*day
		clock := walk(zone, from-4*day, to+4*day)
		for range 3 {
			window(t, zone, randomSpec(r), clock, from, to)
		}
	})
}

func randomSpec(r *rand.Rand) string {
	for {
		fields := []string{randomField(r, 0, 59), randomField(r, 0, 23), "*", "*", "*"}
		if r.IntN(3) == 0 {
			fields[1] = randomField(r, 0, 4) // where clocks change
		}
		if r.IntN(4) == 0 {
			fields[2] = randomField(r, 1, 31)
		}
		if r.IntN(6) == 0 {
			fields[3] = randomField(r, 1, 12)
		}
		if r.IntN(4) == 0 {
			fields[4] = randomField(r, 0, 7)
		}
		text := strings.Join(fields, " ")
		if _, err := schedule.Parse(text); err == nil {
			return text
		}
	}
}

func randomField(r *rand.Rand, low, high int) string {
	value := func() int { return low + r.IntN(high-low+1) }
	number := strconv.Itoa
	switch r.IntN(7) {
	case 0:
		return "*"
	case 1:
		return "*/" + number(1+r.IntN(high+1))
	case 2:
		a, b := value(), value()
		return number(min(a, b)) + "-" + number(max(a, b))
	case 3:
		a, b := value(), value()
		return number(min(a, b)) + "-" + number(max(a, b)) + "/" + number(1+r.IntN(7))
	case 4:
		return number(value()) + "," + number(value()) + "," + number(value())
	default:
		return number(value())
	}
}
