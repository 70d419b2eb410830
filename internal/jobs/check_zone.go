package jobs

import (
	_ "embed"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"speckle-runner/internal/jobs/document"
	"speckle-runner/internal/jobs/shape"
	"speckle-runner/internal/jobs/spelling"
	"speckle-runner/internal/pattern"
	"speckle-runner/internal/said"
)

// zoneNames are the places of the IANA data's zone.tab (2026), for hints only:
// what a zone is, the time package decides.
//
//go:embed data/zones.txt
var zoneNames string

// zone gives the zone of a name; UTC for none, and for a wrong one.
func (l *loader) zone(given shape.Text) *time.Location {
	if !given.Given() {
		return time.UTC
	}
	zone := l.shared.zone(given.Value)
	if zone != nil {
		if p := fixedZone(given.Value); p.Message != "" {
			l.Warning(given.At, p)
		}
		return zone
	}
	p := document.Problem{Message: "there is no time zone " + said.Quoted(given.Value), Hint: zoneHint(given.Value)}
	if strings.EqualFold(given.Value, "local") {
		p.Message = "name the zone: local is different on each machine"
	}
	l.Problem(given.At, p)
	return time.UTC
}

// fixedZone tells of names that look like a place's time and are one offset,
// the whole year.
func fixedZone(name string) document.Problem {
	if city := fixedNames[strings.ToUpper(name)]; city != "" {
		return document.Problem{
			Message: fmt.Sprintf("%s is the same offset from UTC all year, without summer time", said.Quoted(name)),
			Hint:    "write " + city + " for the time that clocks show there",
		}
	}
	sign, hours := "", ""
	for _, prefix := range []string{"Etc/GMT", "GMT"} {
		if rest, found := strings.CutPrefix(name, prefix); found && len(rest) > 1 && strings.ContainsAny(rest[:1], "+-") {
			sign, hours = rest[:1], rest[1:]
			break
		}
	}
	if strings.Trim(hours, "0") == "" {
		return document.Problem{}
	}
	means := map[string]string{"+": "behind", "-": "ahead of"}[sign]
	other := map[string]string{"+": "-", "-": "+"}[sign]
	return document.Problem{
		Message: fmt.Sprintf("%s is %s %s UTC, all year: the sign in these names is the other way round",
			said.Quoted(name), hoursWord(hours), means),
		Hint: fmt.Sprintf("for UTC%s%s write Etc/GMT%s%s; for the time that clocks show in a place, its name, such as Europe/London",
			sign, hours, other, hours),
	}
}

func hoursWord(hours string) string {
	if n, err := strconv.Atoi(hours); err == nil {
		return said.Count(n, "hour")
	}
	return hours + " hours"
}

// offset is a zone that is given by how far it is from UTC, as people write it.
var offset = pattern.New(`^(?i:UTC|GMT|Z)? *([+-]) *([0-9]{1,2})(?::?00)?$`)

// offsetHint says how an offset in whole hours is written, and what people mostly mean
// by it; "" for what is none.
func offsetHint(written string) string {
	parts := offset().FindStringSubmatch(written)
	if parts == nil {
		return ""
	}
	hours, _ := strconv.Atoi(parts[2])
	ahead, sign := parts[1] == "+", "-"
	switch {
	case hours == 0:
		return "did you mean UTC?"
	case ahead && hours > 14, !ahead && hours > 12:
		return ""
	case !ahead:
		sign = "+"
	}
	return fmt.Sprintf("write the name of a place, such as Europe/Berlin, for the time that clocks show there, in summer, too; "+
		"UTC%s%d all year is Etc/GMT%s%d", parts[1], hours, sign, hours)
}

// fixedNames are short names that the zone data has, each with the city that
// most people mean.
var fixedNames = map[string]string{"EST": "America/New_York", "MST": "America/Denver", "HST": "Pacific/Honolulu"}

func zoneHint(written string) string {
	all := strings.Fields(zoneNames)
	folded := strings.ToLower(strings.ReplaceAll(written, " ", "_"))
	if best := spelling.Meant(written, all); best != "" {
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
	if hint := offsetHint(written); hint != "" {
		return hint
	}
	return "write an IANA name such as Europe/London or America/New_York"
}

// shortZones are short names, Windows' own and countries', of which each stands for
// several zones: the one that most people mean.
var shortZones = map[string]string{
	"BST": "Europe/London", "CEST": "Europe/Berlin", "EDT": "America/New_York", "PST": "America/Los_Angeles", "PDT": "America/Los_Angeles",
	"CST": "America/Chicago", "CDT": "America/Chicago", "AEST": "Australia/Sydney", "AEDT": "Australia/Sydney", "IST": "Asia/Kolkata",
	"JST": "Asia/Tokyo", "MEZ": "Europe/Berlin", "MESZ": "Europe/Berlin", "WEST": "Europe/Lisbon", "EEST": "Europe/Helsinki",
	"CENTRAL EUROPEAN TIME": "Europe/Berlin", "CENTRAL EUROPEAN STANDARD TIME": "Europe/Budapest",
	"CENTRAL EUROPE STANDARD TIME": "Europe/Budapest",
	"EASTERN TIME":                 "America/New_York", "PACIFIC TIME": "America/Los_Angeles", "CENTRAL TIME": "America/Chicago",
	"GERMANY": "Europe/Berlin", "DEUTSCHLAND": "Europe/Berlin", "AUSTRIA": "Europe/Vienna", "SWITZERLAND": "Europe/Zurich",
	"UK": "Europe/London", "UNITED KINGDOM": "Europe/London", "ENGLAND": "Europe/London", "FRANCE": "Europe/Paris", "ITALY": "Europe/Rome",
	"SPAIN": "Europe/Madrid", "NETHERLANDS": "Europe/Amsterdam", "BELGIUM": "Europe/Brussels", "DENMARK": "Europe/Copenhagen",
	"SWEDEN": "Europe/Stockholm", "NORWAY": "Europe/Oslo", "FINLAND": "Europe/Helsinki", "POLAND": "Europe/Warsaw",
	"GMT STANDARD TIME": "Europe/London", "W. EUROPE STANDARD TIME": "Europe/Berlin", "ROMANCE STANDARD TIME": "Europe/Paris",
	"EASTERN STANDARD TIME": "America/New_York", "PACIFIC STANDARD TIME": "America/Los_Angeles", "CENTRAL STANDARD TIME": "America/Chicago",
	"Z": "UTC",
}
