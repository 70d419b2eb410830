package jobs

import (
	_ "embed"
	"slices"
	"strings"
	"time"
)

// zoneNames are the places of the IANA data's zone.tab (2026), for hints only:
// what a zone is, the time package decides.
//
//go:embed data/zones.txt
var zoneNames string

// zone gives the zone of a name; UTC for none, and for a wrong one.
func (l *loader) zone(given text) *time.Location {
	if !given.given() {
		return time.UTC
	}
	zone := l.shared.zone(given.value)
	if zone != nil {
		return zone
	}
	p := Problem{Message: "there is no time zone " + shown(given.value), Hint: zoneHint(given.value)}
	if strings.EqualFold(given.value, "local") {
		p.Message = "the zone has to be named: local is another one on each machine"
	}
	l.problem(given.at, p)
	return time.UTC
}

func zoneHint(written string) string {
	all := strings.Fields(zoneNames)
	folded := strings.ToLower(strings.ReplaceAll(written, " ", "_"))
	if best := nearest(written, all); best != "" {
		return "did you mean " + best + "?"
	}
	if i := slices.IndexFunc(all, func(zone string) bool {
		place := strings.ToLower(zone[strings.LastIndex(zone, "/")+1:])
		return place == folded || strings.HasSuffix(folded, "/"+place)
	}); i >= 0 {
		return "did you mean " + all[i] + "?"
	}
	if zone := shortZones[strings.ToUpper(written)]; zone != "" {
		return "did you mean " + zone + "?"
	}
	return "write an IANA name such as Europe/London or America/New_York"
}

// shortZones are short names and Windows' own, of which each stands for
// several zones: the one that most people mean.
var shortZones = map[string]string{
	"BST": "Europe/London", "CEST": "Europe/Berlin", "EDT": "America/New_York", "PST": "America/Los_Angeles", "PDT": "America/Los_Angeles",
	"CST": "America/Chicago", "CDT": "America/Chicago", "AEST": "Australia/Sydney", "AEDT": "Australia/Sydney", "IST": "Asia/Kolkata", "JST": "Asia/Tokyo",
	"GMT STANDARD TIME": "Europe/London", "W. EUROPE STANDARD TIME": "Europe/Berlin", "ROMANCE STANDARD TIME": "Europe/Paris",
	"EASTERN STANDARD TIME": "America/New_York", "PACIFIC STANDARD TIME": "America/Los_Angeles", "CENTRAL STANDARD TIME": "America/Chicago", "Z": "UTC",
}
