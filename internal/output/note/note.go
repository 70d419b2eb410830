package note

import (
	"cmp"
	"encoding/json"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"speckle-runner/internal/figures"
	"speckle-runner/internal/output/record"
	"speckle-runner/internal/output/target"
	"speckle-runner/internal/said"
)

// Note is a message before any markup: plain text, cut to size.
type Note struct {
	Good   bool
	Title  string
	Facts  string // how many records, when
	Error  string
	Lists  []List
	Footer string
	Brief  string // what it comes to: how many records, or what changed
}

// New words a message.
func New(in Input) Note {
	zone := in.Zone
	if zone == nil {
		zone = time.UTC
	}
	n := Note{
		Good:   in.State == "" || in.State == "succeeded",
		Title:  said.LineWithin(in.Description, maxTitle),
		Facts:  figures.Count(in.Count, "record") + " · " + in.Tick.In(zone).Format("Mon 2 Jan 2006 15:04 MST"),
		Error:  said.LineWithin(in.Error, maxError),
		Footer: said.LineWithin(in.Job, maxTitle) + " · run " + said.LineWithin(in.Run, maxTitle),
	}
	if n.Title == "" {
		n.Title = cmp.Or(said.LineWithin(in.Job, maxTitle), "Export") // services refuse an empty one
	}
	if !n.Good {
		n.Title = said.LineWithin(in.Job, maxTitle) + ": " + said.LineWithin(in.State, maxTitle)
		n.Facts = in.Tick.In(zone).Format("Mon 2 Jan 2006 15:04 MST")
	}
	if in.Next != "" {
		n.add(List{Head: "Next step", Lines: []string{said.LineWithin(in.Next, maxLine)}})
	}
	n.Brief = figures.Count(in.Count, "record")
	if in.Changes != nil {
		n.Brief = whatChanged(in)
	}
	n.add(changeList(in, zone))
	if in.Where == nil {
		in.Where = []List{fileList(in.Files)}
	}
	for _, l := range in.Where {
		n.add(l)
	}
	n.add(recordList(in))
	return n
}

func (n *Note) add(l List) {
	if l.Head != "" {
		n.Lists = append(n.Lists, l)
	}
}

func fileList(files []target.Published) List {
	if len(files) == 0 {
		return List{}
	}
	l := List{Head: "Files"}
	for _, f := range files[:min(len(files), maxFiles)] {
		l.Lines = append(l.Lines, said.LineWithin(f.Path, maxLine)+" ("+Size(f.Bytes)+")")
	}
	l.more(int64(len(files)))
	return l
}

func recordList(in Input) List {
	if len(in.Sample) == 0 {
		return List{}
	}
	l := List{Head: "Records"}
	for _, record := range in.Sample[:min(len(in.Sample), maxNames)] {
		l.Lines = append(l.Lines, said.LineWithin(recordName(record), maxLine))
	}
	l.more(max(in.Count, int64(len(in.Sample))))
	return l
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

// Size writes bytes for a message, where a B alone says little.
func Size(n int64) string {
	if n < 1000 {
		return figures.Count(n, "byte")
	}
	return figures.Size(n)
}
