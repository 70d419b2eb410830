package ui

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"speckle-runner/internal/said"
)

// moment is an instant as a page shows it: in a job's zone, and for a browser to
// put into the viewer's own.
type moment struct {
	Stamp string // for browsers, in UTC
	Text  string
}

// at writes an instant in a zone, seen from now.
func at(t, now time.Time, zone *time.Location) moment {
	if t.IsZero() {
		return moment{}
	}
	local, today := t.In(zone), now.In(zone)
	day := local.Format("Mon 2 Jan")
	switch days := dayNumber(local) - dayNumber(today); {
	case days == 0:
		day = "today"
	case days == 1:
		day = "tomorrow"
	case days == -1:
		day = "yesterday"
	case local.Year() != today.Year():
		day = local.Format("2 Jan 2006")
	}
	return moment{t.UTC().Format(time.RFC3339), day + " " + local.Format("15:04 MST")}
}

// dayNumber counts the days of a calendar.
func dayNumber(t time.Time) int64 {
	y, m, d := t.Date()
	return time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Unix() / (24 * 60 * 60)
}

// span writes a length of time in one unit, as people say it.
func span(d time.Duration) string {
	d = d.Abs()
	switch {
	case d < time.Minute:
		return "less than a minute"
	case d < 100*time.Minute:
		return said.Count(int(d.Round(time.Minute).Minutes()), "minute")
	case d < 36*time.Hour:
		return said.Count(int(d.Round(time.Hour).Hours()), "hour")
	}
	return said.Count(int((d+12*time.Hour).Hours()/24), "day")
}

// ago says how long ago something was, or how soon it will be.
func ago(t, now time.Time) string {
	if t.After(now) {
		return "in " + span(t.Sub(now))
	}
	return span(now.Sub(t)) + " ago"
}

// took writes how long something took.
func took(d time.Duration) string {
	switch {
	case d < time.Second:
		return fmt.Sprintf("%d ms", d.Milliseconds())
	case d < time.Minute:
		return fmt.Sprintf("%.1f s", d.Seconds())
	case d < time.Hour:
		return fmt.Sprintf("%d min %d s", int(d.Minutes()), int(d.Seconds())%60)
	}
	return fmt.Sprintf("%d h %d min", int(d.Hours()), int(d.Minutes())%60)
}

// thousands groups the digits of a number.
func thousands(n int64) string {
	text := strconv.FormatInt(n, 10)
	for i := len(text) - 3; i > 0 && text[i-1] != '-'; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}

// plural counts things: "1,204 records".
func plural(n int64, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return thousands(n) + " " + thing + "s"
}

// size writes bytes.
func size(n int64) string {
	units := []string{"B", "KiB", "MiB", "GiB", "TiB"}
	value, unit := float64(n), 0
	for value >= 1024 && unit < len(units)-1 {
		value, unit = value/1024, unit+1
	}
	if unit == 0 {
		return fmt.Sprintf("%d B", n)
	}
	return strings.TrimSuffix(fmt.Sprintf("%.1f", value), ".0") + " " + units[unit]
}
