package schedule_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"speckle-runner/internal/jobs/schedule"
)

func TestWarnings(t *testing.T) {
	t.Parallel()
	around := instant(t, "2026-11-24T08:00:00Z")
	for _, c := range []struct {
		zone, spec string
		want       []string
	}{
		{"UTC", "30 2 * * *", nil},
		{"UTC", "*/15 */6 * * 1-5", nil},
		{"UTC", "0 0 28-31 * *", nil},
		{"UTC", "@every 7m", nil},
		{"Europe/Paris", "0 * * * *", nil},
		{"Europe/Paris", "0 9 * * *", nil},
		{"Europe/Paris", "30 2 1 * *", nil}, // no first of a month has a change in these years
		{"UTC", "*/7 * * * *",
			[]string{"a step of 7 does not divide 60 minutes: 0, 7 … 56, then 0 again, only 4 later; for even steps write @every 7m"}},
		{"UTC", "0 */5 * * *", []string{"a step of 5 does not divide 24 hours: 0, 5 … 20, then 0 again, only 4 later"}},
		{"UTC", "0 0 1 */5 *", []string{"a step of 5 does not divide 12 months: 1, 6, 11, then 1 again, only 2 later"}},
		{"UTC", "0 0 * * */2", []string{"a step of 2 does not divide 7 days: 0, 2, 4, 6, then 0 again, only 1 later"}},
		{"UTC", "0 */24 * * *", []string{"a step of 24 hours leaves one value only: write 0"}},
		{"UTC", "0 0 */2 * *", []string{"a step of 2 days begins anew on the 1st of each month"}},
		{"UTC", "* 4 * * *", []string{"a * for the minute is every minute of the hour: write 0 to run once in it"}},
		{"UTC", "0 0 13 * 5",
			[]string{"day of month and day of week are joined with OR: it runs on day 13 of the month, and also on every Friday"}},
		{"UTC", "0 0 1-7 * 2",
			[]string{"day of month and day of week are joined with OR: it runs on days 1 to 7 of the month, and also on every Tuesday"}},
		{"UTC", "0 0 31 * *", []string{"runs on the 31st only in months that have one; not in February, April, June, September, November"}},
		{"UTC", "0 0 31 4,5 *", []string{"runs on the 31st only in months that have one; not in April"}},
		{"UTC", "0 0 30 * *", []string{"runs on the 30th only in months that have one; not in February"}},
		{"UTC", "0 0 29 2 *", []string{"February has a 29th in leap years only"}},
		{"Asia/Tokyo", "@every 24h", []string{"counts from 1970-01-01 00:00 UTC; the next is at 2026-11-25 09:00 in Asia/Tokyo"}},
		{"Europe/Paris", "30 2 * * *", []string{
			"02:30 does not exist on 2027-03-28, when clocks go forward in Europe/Paris: runs at 03:00",
			"02:30 comes twice on 2027-10-31, when clocks go back in Europe/Paris: runs the first time only",
		}},
		{"Europe/Paris", "*/30 2 * * *", []string{
			"02:00 to 02:30 do not exist on 2027-03-28, when clocks go forward in Europe/Paris: runs once at 03:00",
			"02:00 to 02:30 come twice on 2027-10-31, when clocks go back in Europe/Paris: runs the first time only",
		}},
		{"Europe/Paris", "0 */2 * * *", []string{
			"02:00 does not exist on 2027-03-28, when clocks go forward in Europe/Paris: left out, as the hour field follows real time",
			"02:00 comes twice on 2027-10-31, when clocks go back in Europe/Paris: runs both times, as the hour field follows real time",
		}},
		{"Asia/Beirut", "0 0 * * 0", []string{"00:00 does not exist on 2027-03-28, when clocks go forward in Asia/Beirut: runs at 01:00"}},
	} {
		got := schedule.NewSet(zone(t, c.zone), parse(t, c.spec)).Warnings(around)
		for i, text := range c.want {
			c.want[i] = c.spec + ": " + text
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s\n got %s\nwant %s", c.zone, strings.Join(got, "\n     "), strings.Join(c.want, "\n     "))
		}
	}
}

func TestWarnsOfTwins(t *testing.T) {
	t.Parallel()
	set := schedule.NewSet(time.UTC, parse(t, "30 2 * * *"), parse(t, "0 9 * * *"), parse(t, "30  2 * * *"))
	if got := set.Warnings(instant(t, "2026-11-24T08:00:00Z")); !slices.Equal(got, []string{"30 2 * * *: is there twice"}) {
		t.Error(got)
	}
}
