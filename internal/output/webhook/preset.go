package webhook

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"speckle-runner/internal/output/diff"
	"speckle-runner/internal/output/record"
	"speckle-runner/internal/output/target"
	"speckle-runner/internal/said"
)

// PresetInput is what a message for people is made of.
type PresetInput struct {
	Job, Description, Run string

	Tick   time.Time
	Zone   *time.Location // nil: UTC
	State  string         // "" and "succeeded" are success
	Error  string         // of a run that didn't
	Next   string         // what a person can do
	Count  int64
	Files  []target.Published
	Sample []jsontext.Value // the first records
	// Changes is what differs from the last export; nil when that isn't known.
	Changes *diff.Changes
	Noun    string // what changed, such as "models"; "" is "records"
}

// preset is one service that messages are made for.
type preset struct {
	name   string
	render func(note) any
	answer func(reply) verdict // to a status of success, with a text
}

func presets() []preset {
	return []preset{{"discord", discord, discordAnswer}, {"slack", slack, slackAnswer}, {"teams", teams, teamsAnswer}}
}

// Presets lists what Preset takes.
func Presets() []string {
	var names []string
	for _, p := range presets() {
		names = append(names, p.name)
	}
	return names
}

// Preset makes a readable message for a service, within the service's limits.
func Preset(name string, in PresetInput) ([]byte, error) {
	for _, p := range presets() {
		if p.name == name {
			return marshal(p.render(newNote(in)))
		}
	}
	return nil, fmt.Errorf("unknown preset %q (one of %s)", name, strings.Join(Presets(), ", "))
}

// marshal writes < and > as they are: a person may read the message's source.
func marshal(value any) ([]byte, error) {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(value); err != nil {
		return nil, fmt.Errorf("encode message: %w", err)
	}
	return bytes.TrimSuffix(buf.Bytes(), []byte("\n")), nil
}

// Bounds on a message that hold for every service, so that each has room for
// its own markup.
const (
	maxTitle = 120
	maxLine  = 160
	maxError = 600
	maxNames = 10
	maxFiles = 10
)

// note is the message before a service's markup: plain text, cut to size.
type note struct {
	good   bool
	title  string
	facts  string // how many records, when
	error  string
	lists  []noteList
	footer string
}

type noteList struct {
	head  string
	lines []string
}

func newNote(in PresetInput) note {
	zone := in.Zone
	if zone == nil {
		zone = time.UTC
	}
	n := note{
		good:   in.State == "" || in.State == "succeeded",
		title:  said.LineWithin(in.Description, maxTitle),
		facts:  plural(in.Count, "record") + " · " + in.Tick.In(zone).Format("Mon 2 Jan 2006 15:04 MST"),
		error:  said.LineWithin(in.Error, maxError),
		footer: said.LineWithin(in.Job, maxTitle) + " · run " + said.LineWithin(in.Run, maxTitle),
	}
	if n.title == "" {
		n.title = cmp.Or(said.LineWithin(in.Job, maxTitle), "Export") // services refuse an empty one
	}
	if !n.good {
		n.title = said.LineWithin(in.Job, maxTitle) + ": " + said.LineWithin(in.State, maxTitle)
		n.facts = in.Tick.In(zone).Format("Mon 2 Jan 2006 15:04 MST")
	}
	if in.Next != "" {
		n.add(noteList{head: "Next step", lines: []string{said.LineWithin(in.Next, maxLine)}})
	}
	n.add(changeList(in, zone))
	n.add(fileList(in.Files))
	n.add(recordList(in))
	return n
}

func (n *note) add(l noteList) {
	if l.head != "" {
		n.lists = append(n.lists, l)
	}
}

func fileList(files []target.Published) noteList {
	if len(files) == 0 {
		return noteList{}
	}
	l := noteList{head: "Files"}
	for _, f := range files[:min(len(files), maxFiles)] {
		l.lines = append(l.lines, said.LineWithin(f.Path, maxLine)+" ("+size(f.Bytes)+")")
	}
	l.more(int64(len(files)))
	return l
}

func recordList(in PresetInput) noteList {
	if len(in.Sample) == 0 {
		return noteList{}
	}
	l := noteList{head: "Records"}
	for _, record := range in.Sample[:min(len(in.Sample), maxNames)] {
		l.lines = append(l.lines, said.LineWithin(recordName(record), maxLine))
	}
	l.more(max(in.Count, int64(len(in.Sample))))
	return l
}

// more adds how many of all aren't shown.
func (l *noteList) more(all int64) {
	if rest := all - int64(len(l.lines)); rest > 0 {
		l.lines = append(l.lines, "… and "+thousands(rest)+" more")
	}
}

// recordName gives a record's name: the first key that names things, else the
// record itself.
func recordName(of jsontext.Value) string {
	var text string
	if json.Unmarshal(of, &text) == nil {
		return text
	}
	var fields map[string]json.RawMessage
	if json.Unmarshal(of, &fields) == nil {
		for _, key := range record.NamingKeys {
			if json.Unmarshal(fields[key], &text) == nil && strings.TrimSpace(text) != "" {
				return text
			}
		}
	}
	return string(of)
}

// Counted writes a number of things, 1 page or 3,000 pages.
func Counted(n int64, noun string) string { return plural(n, noun) }

func plural(n int64, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return thousands(n) + " " + noun + "s"
}

// thousands writes 1234567 as 1,234,567.
func thousands(n int64) string {
	digits := strconv.FormatInt(n, 10)
	var groups []string
	for len(digits) > 3 {
		groups = append(groups, digits[len(digits)-3:])
		digits = digits[:len(digits)-3]
	}
	groups = append(groups, digits)
	slices.Reverse(groups)
	return strings.Join(groups, ",")
}

func size(n int64) string {
	const unit = 1000
	if n < unit {
		return plural(n, "byte")
	}
	value, names := float64(n)/unit, []string{"kB", "MB", "GB", "TB"}
	for value >= unit && len(names) > 1 {
		value, names = value/unit, names[1:]
	}
	return strconv.FormatFloat(value, 'f', 1, 64) + " " + names[0]
}
