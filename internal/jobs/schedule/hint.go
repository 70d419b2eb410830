package schedule

import (
	"slices"
	"strings"
)

const example = `five fields such as "30 2 * * *" (02:30 every day), @daily, or @every 15m`

var descriptors = []string{"@hourly", "@daily", "@midnight", "@weekly", "@monthly", "@yearly", "@annually"}

func zonePrefix(first string) (zone string, found bool) {
	for _, prefix := range []string{"CRON_TZ=", "TZ="} {
		zone, found = strings.CutPrefix(first, prefix)
		if found {
			return zone, true
		}
	}
	return "", false
}

func zoneHint(zone string) string {
	if !strings.Contains(zone, "/") || len(zone) > 40 || strings.Trim(zone, zoneLetters) != "" {
		zone = "Europe/London"
	}
	return "set timezone: " + zone + " on the job"
}

const zoneLetters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_/-"

func descriptorHint(name string) string {
	lower := strings.ToLower(name)
	rest, every := strings.CutPrefix(lower, "@every")
	switch {
	case lower == "@reboot":
		return "missed ticks are made up for after a start (missed: last); runner run JOB runs a job now"
	case every && rest == "":
		return "write @every in lower case"
	case every:
		return "write a space: @every " + quote(strings.Trim(rest, "=:_-"))
	case slices.Contains(descriptors, lower):
		return "write " + lower
	}
	return "there are @hourly, @daily, @weekly, @monthly, @yearly and @every 15m"
}

func wordHint(text string) string {
	lower := strings.ToLower(text)
	switch {
	case lower == "manual":
		return "write schedule: manual, alone"
	case slices.Contains(descriptors, "@"+lower):
		return "did you mean @" + lower + "?"
	case looksLikeDuration(lower):
		return "did you mean @every " + lower + "?"
	}
	return "write " + example
}

func looksLikeDuration(text string) bool {
	unit := strings.TrimLeft(text, "0123456789")
	return unit != text && len(text) <= 8 && slices.Contains([]string{"s", "m", "h"}, unit)
}

func durationHint(text string) string {
	number := strings.TrimRight(text, "dDwW")
	switch _, whole := digits(text); {
	case whole && len(text) <= 8:
		return "add the unit: " + text + "s, " + text + "m or " + text + "h"
	case number != text && strings.Trim(number, "0123456789") == "":
		return "the longest unit is the hour: a day is 24h, a week 168h"
	}
	return "durations are written 45s, 15m, 1h30m"
}

// foreignHint explains what other schedulers take and this one does not.
func (f field) foreignHint(text string) string {
	upper := strings.ToUpper(text)
	switch {
	case strings.HasPrefix(text, "-"):
		return "there are no negative values"
	case strings.HasPrefix(text, "*"), strings.HasPrefix(text, "?"):
		return "a * has no range: write * or */15 or 1-5"
	case strings.Count(text, "-") > 1:
		return "a range has two ends, as in 1-5"
	case upper == "H" || strings.HasPrefix(upper, "H("):
		return "H is Jenkins' own: write a number, and spread: 10m to keep jobs apart"
	case strings.Contains(text, "~"):
		return "there are no random values: write a number, and spread: 10m to keep jobs apart"
	case f.dayField() && strings.Contains(text, "#"):
		return "there is no n-th weekday: list the dates, or let the job run every week"
	case f.dayField() && strings.Contains(upper, "W") && strings.Trim(upper, "LW0123456789") == "":
		return "there is no nearest weekday: list the dates"
	case f.name == fields[dowField].name && strings.HasSuffix(upper, "L"):
		return "there is no last weekday of the month: list the dates"
	case f.dayField() && strings.Trim(upper, "L0123456789") == "" && upper != "":
		return "there is no last day: take the 1st, or the 28th, which every month has"
	}
	return f.nameHint(upper)
}

func (f field) nameHint(upper string) string {
	for _, name := range f.names {
		short := strings.ToUpper(name)
		if strings.HasPrefix(upper, short) && !strings.ContainsAny(upper, "-/") {
			return "write " + short
		}
	}
	switch f.name {
	case fields[monthField].name:
		return "months are 1 to 12 or JAN to DEC"
	case fields[dowField].name:
		return "days of the week are 0 (Sunday) to 6 or SUN to SAT; 7 is Sunday, too"
	}
	return "write a number, a range such as 1-5, a list such as 1,3, * or */5"
}

func (f field) dayField() bool {
	return f.name == fields[domField].name || f.name == fields[dowField].name
}

func (f field) rangeHint(n int) string {
	switch {
	case f.name == fields[hourField].name && n == 24:
		return "midnight is 0"
	case f.name == fields[minuteField].name && n == 60:
		return "the full hour is 0"
	}
	return ""
}
