package placeholder

import (
	"slices"
	"strings"

	"speckle-runner/internal/jobs/spelling"
)

// others are words that people know from elsewhere for the same thing.
var others = map[string]string{
	"name": "job", "jobname": "job", "id": "run", "runid": "run", "timestamp": "tick", "now": "tick",
	"today": "date", "datum": "date", "heute": "date", "yyyymmdd": "date", "yyyy": "year", "mm": "month", "dd": "day", "jahr": "year",
	"monat": "month", "tag": "day", "uhrzeit": "time", "zeit": "time", "hhmmss": "time", "zone": "offset", "utcoffset": "offset",
	"since": lastSuccess, "lastrun": lastSuccess,
}

// nearest gives the placeholder that a written one was meant to be, or "".
func nearest(inner string) string {
	name, _, _ := strings.Cut(inner, ":")
	name = strings.ToLower(strings.TrimSpace(strings.TrimPrefix(name, "$")))
	name = strings.ReplaceAll(name, "-", "_")
	if _, is := known[name]; is {
		return name
	}
	if word := others[strings.ReplaceAll(name, "_", "")]; word != "" {
		return word
	}
	if head, field, dotted := strings.Cut(name, "."); dotted && field != "" && spelling.Distance(head, each) <= 1 {
		_, field, _ = strings.Cut(strings.TrimSpace(inner), ".")
		return each + "." + field
	}
	if len(name) > 20 || name == "" {
		return ""
	}
	return spelling.Nearest(name, sortedKnown, func(word string) string { return word }, 1+len(name)/3)
}

var sortedKnown = func() []string {
	var words []string
	for word := range known {
		words = append(words, word)
	}
	slices.Sort(words)
	return words
}()
