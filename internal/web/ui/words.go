package ui

import (
	"strings"
	"time"

	"speckle-runner/internal/figures"
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
		return figures.Count(int(d.Round(time.Minute).Minutes()), "minute")
	case d < 36*time.Hour:
		return figures.Count(int(d.Round(time.Hour).Hours()), "hour")
	}
	return figures.Count(int((d+12*time.Hour).Hours()/24), "day")
}

// ago says how long ago something was, or how soon it will be.
func ago(t, now time.Time) string {
	if t.After(now) {
		return "in " + span(t.Sub(now))
	}
	return span(now.Sub(t)) + " ago"
}

// sentence begins words that have no capital letter yet with one.
func sentence(words string) string {
	if words == "" {
		return ""
	}
	return strings.ToUpper(words[:1]) + words[1:]
}
