package jobs

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"speckle-runner/internal/jobs/document"
	"speckle-runner/internal/jobs/spelling"
	"speckle-runner/internal/said"
)

// at is where a value stands: its node, and the path of keys that leads to it.
type at struct {
	node *document.Node // nil: the value isn't given
	path string
}

func (a at) given() bool { return a.node != nil }

func (a at) place() at { return a }

// field is a value of a shape.
type field interface {
	given() bool
	place() at
	read(r *reader, a at, k key) // fills it from the node
	fill(k key)                  // with the default of its tag
	schema(k key) object         // what a JSON Schema says of it
}

// text is one line or a block of text. Words of an enum are checked here.
type text struct {
	at
	value string
}

func (t *text) read(r *reader, a at, k key) {
	if k.kind == "env" && a.node.Kind != document.KindText && a.node.Kind != document.KindNull {
		r.hidden(a, document.Problem{Message: "want the name of an environment variable",
			Hint: "such as SPECKLE_TOKEN: the value itself stays out of the file"})
		return
	}
	if !r.wants(a, document.KindText) {
		return
	}
	t.at, t.value = a, a.node.Text
	if k.kind == "env" {
		r.envName(a)
		return
	}
	if strings.TrimSpace(t.value) == "" && (k.kind != "char" || t.value == "") {
		r.problem(a, document.Problem{Message: "is empty", Hint: "give it a value, or remove the key"})
		t.at = at{}
		return
	}
	if k.enum != nil && !slices.Contains(k.enum, t.value) {
		hint := spelling.DidYouMean(t.value, k.enum)
		r.problem(a, document.Problem{Message: said.Quoted(t.value) + ": want " + said.Either(k.enum), Hint: hint})
	}
}

func (t *text) fill(k key) {
	if !t.given() && k.enum != nil && slices.Contains(k.enum, k.fallback) {
		t.value = k.fallback
	}
}

// texts is a list of text; where a single one makes sense it may stand alone.
type texts struct {
	at
	list []text
}

func (t *texts) read(r *reader, a at, k key) {
	if a.node.Kind == document.KindText && k.kind == "schedule" {
		t.at, t.list = a, []text{{a, a.node.Text}}
		return
	}
	if a.node.Kind == document.KindText && k.kind != "schedule" {
		r.problem(a, document.Problem{Message: "want a list, not " + a.node.Got(), Hint: "write [" + cut(a.node.Text) + "]"})
		return
	}
	if n := a.node; k.kind == "schedule" && n.Kind != document.KindList && n.Kind != document.KindNull {
		p := document.Problem{Message: "want text, or a list of text, not " + n.Got(),
			Hint: `write it as in "30 2 * * *" or "@every 15m", with its quotes`}
		r.problem(a, p)
		return
	}
	if !r.wants(a, document.KindList) {
		return
	}
	t.at = a
	for i, item := range a.node.Items {
		var one text
		one.read(r, at{item, a.path + "[" + strconv.Itoa(i) + "]"}, key{enum: k.enum})
		if !one.given() {
			continue
		}
		if slices.ContainsFunc(t.list, func(o text) bool { return o.value == one.value }) {
			r.problem(one.at, document.Problem{Message: said.Quoted(one.value) + " is in the list twice"})
			continue
		}
		t.list = append(t.list, one)
	}
}

func (t *texts) fill(key) {}

func (t *texts) values() []string {
	if !t.given() {
		return nil
	}
	list := make([]string, len(t.list))
	for i, one := range t.list {
		list[i] = one.value
	}
	return list
}

// flag is true or false.
type flag struct {
	at
	value bool
}

func (f *flag) read(r *reader, a at, _ key) {
	if a.node.Kind == document.KindText {
		var hint string
		switch strings.ToLower(a.node.Text) {
		case "yes", "on", "y", "true", "1":
			hint = "write true"
		case "no", "off", "n", "false", "0":
			hint = "write false"
		default:
			hint = spelling.DidYouMean(a.node.Text, []string{"true", "false"})
		}
		r.problem(a, document.Problem{Message: "want true or false, not " + a.node.Got(), Hint: hint})
		return
	}
	if r.wants(a, document.KindBoolean) {
		f.at, f.value = a, a.node.Text == "true"
	}
}

func (f *flag) fill(k key) {
	if !f.given() {
		f.value = k.fallback == "true"
	}
}

// count is a whole number within bounds.
type count struct {
	at
	value int
}

func (c *count) read(r *reader, a at, k key) {
	least, _ := strconv.Atoi(k.min)
	most, _ := strconv.Atoi(k.max)
	want := "want a whole number from " + k.min + " to " + k.max
	if a.node.Kind == document.KindText {
		hint := ""
		if _, err := strconv.Atoi(a.node.Text); err == nil {
			hint = "write it without quotes"
		}
		r.problem(a, document.Problem{Message: want + ", not " + a.node.Got(), Hint: hint})
		return
	}
	if !r.wants(a, document.KindNumber) {
		return
	}
	n, err := strconv.Atoi(a.node.Text)
	if err != nil || n < least || n > most {
		r.problem(a, document.Problem{Message: want + ", not " + a.node.Got()})
		return
	}
	c.at, c.value = a, n
}

func (c *count) fill(k key) {
	if !c.given() {
		c.value, _ = strconv.Atoi(k.fallback) // "all" is 0
	}
}

// duration is a time such as 30m, within bounds. 0 needs no unit.
type duration struct {
	at
	value time.Duration
}

func (d *duration) read(r *reader, a at, k key) {
	const example = "write it as 45s, 30m or 1h30m"
	if a.node.Kind == document.KindNumber && a.node.Text != "0" {
		r.problem(a, document.Problem{Message: "the duration " + a.node.Got() + " has no unit",
			Hint: "say of what: " + a.node.Text + "s, " + a.node.Text + "m or " + a.node.Text + "h"})
		return
	}
	if a.node.Kind != document.KindNumber && !r.wants(a, document.KindText) {
		return
	}
	written := strings.TrimSpace(a.node.Text)
	value, err := time.ParseDuration(written)
	least, most := span(k.min), span(k.max)
	switch {
	case err != nil:
		hint := example
		if n, days := strings.CutSuffix(strings.ToLower(written), "d"); days && isDigits(n) && len(n) < 5 {
			days, _ := strconv.Atoi(n)
			hint = "the longest unit is the hour: write " + strconv.Itoa(24*days) + "h"
		}
		r.problem(a, document.Problem{Message: said.Quoted(written) + " is no duration", Hint: hint})
	case value < 0 || value == 0 && least > 0:
		r.problem(a, document.Problem{Message: "a duration of " + written + " makes no sense here", Hint: example})
	case value < least:
		r.problem(a, document.Problem{Message: written + " is too short: the least is " + k.min})
	case value > most:
		r.problem(a, document.Problem{Message: written + " is too long: the most is " + k.max})
	default:
		d.at, d.value = a, value
	}
}

func (d *duration) fill(k key) {
	if !d.given() {
		d.value = span(k.fallback)
	}
}

// share is a percentage above 0, up to 100%.
type share struct {
	at
	value float64 // 0.5 for 50%
}

func (s *share) read(r *reader, a at, _ key) {
	if a.node.Kind == document.KindNumber {
		r.problem(a, document.Problem{Message: "want a percentage, not " + a.node.Got(), Hint: "write it with its sign, as in 50%"})
		return
	}
	if !r.wants(a, document.KindText) {
		return
	}
	written, percent := strings.CutSuffix(strings.TrimSpace(a.node.Text), "%")
	value, err := strconv.ParseFloat(strings.TrimSpace(written), 64)
	switch {
	case !percent || err != nil || math.IsNaN(value) || math.IsInf(value, 0):
		hint := "write it as 50%"
		if a.node.Text == "off" {
			hint = "remove the key: that is off"
		}
		r.problem(a, document.Problem{Message: said.Quoted(a.node.Text) + " is no percentage", Hint: hint})
	case value <= 0 || value > 100:
		r.problem(a, document.Problem{Message: "want more than 0% and at most 100%, not " + a.node.Text})
	default:
		s.at, s.value = a, value/100
	}
}

func (s *share) fill(key) {}

// raw is any mapping: a query's variables.
type raw struct{ at }

func (w *raw) read(r *reader, a at, _ key) {
	if a.node.Kind == document.KindNull || r.wants(a, document.KindMapping) {
		w.at = a
	}
}

func (w *raw) fill(key) {}

// pairs is a mapping of text to text, in order.
type pairs struct {
	at
	list []pair
}

type pair struct {
	name  at // of the key
	value text
}

func (p *pairs) read(r *reader, a at, k key) {
	if !r.wants(a, document.KindMapping) {
		return
	}
	p.at = a
	for _, e := range a.node.Entries {
		path := a.path + "." + e.Key.Text
		one := pair{name: at{e.Key, path}}
		one.value.read(r, at{e.Value, path}, key{kind: k.kind})
		if one.value.given() {
			p.list = append(p.list, one)
		}
	}
}

func (p *pairs) fill(key) {}

func (p *pairs) values() map[string]string {
	if len(p.list) == 0 {
		return nil
	}
	values := make(map[string]string, len(p.list))
	for _, one := range p.list {
		values[one.name.node.Text] = one.value.value
	}
	return values
}

func isDigits(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }

// cut shortens text for a hint.
func cut(s string) string {
	const most = 30
	return said.Start(s, most)
}
