package shape

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"speckle-runner/internal/jobs/document"
	"speckle-runner/internal/jobs/spelling"
	"speckle-runner/internal/pattern"
	"speckle-runner/internal/said"
	"speckle-runner/internal/secret"
)

// Text is one line or a block of text. Words of an enum are checked here.
type Text struct {
	At
	Value string
}

func (t *Text) read(r *Reader, a At, k Key) {
	if k.kind == "env" && a.Node.Kind != document.KindText && a.Node.Kind != document.KindNull {
		r.Hidden(a, document.Problem{Message: "want the name of an environment variable",
			Hint: "such as SPECKLE_TOKEN: the value itself stays out of the file"})
		return
	}
	if !r.wants(a, document.KindText) {
		return
	}
	t.At, t.Value = a, a.Node.Text
	if k.kind == "env" {
		r.envName(a)
		return
	}
	if strings.TrimSpace(t.Value) == "" && (k.kind != "char" || t.Value == "") {
		r.Problem(a, document.Problem{Message: "is empty", Hint: "give it a value, or remove the key"})
		t.At = At{}
		return
	}
	if k.enum != nil && !slices.Contains(k.enum, t.Value) {
		hint := spelling.DidYouMean(t.Value, k.enum)
		r.Problem(a, document.Problem{Message: said.Quoted(t.Value) + ": want " + said.Either(k.enum), Hint: hint})
	}
}

func (t *Text) fill(k Key) {
	if !t.Given() && k.enum != nil && slices.Contains(k.enum, k.fallback) {
		t.Value = k.fallback
	}
}

// envName checks the name of an environment variable. What isn't one may be
// the secret itself, so it is never shown.
func (r *Reader) envName(a At) {
	name := a.Node.Text
	bare := strings.TrimSuffix(strings.TrimPrefix(strings.TrimPrefix(name, "$"), "{"), "}")
	p := document.Problem{Message: "this isn't the name of an environment variable",
		Hint: "write a name such as SPECKLE_TOKEN; the value itself stays out of the file"}
	switch {
	case EnvPattern().MatchString(name) && len(name) <= 200:
		return
	case len(secret.FindTokens([]byte(name))) > 0: // told already
		return
	case bare != name && EnvPattern().MatchString(bare):
		p.Hint = "write the name alone: " + bare
		r.Problem(a, p)
		return
	case strings.Contains(name, "://"):
		p.Message = "this is an address, and the key wants the name of the environment variable that holds it"
		p.Hint = "put the address into an environment variable, and write that variable's name here"
	}
	r.Hidden(a, p)
}

// EnvPattern is what names of environment variables look like.
var EnvPattern = pattern.New(`^[A-Za-z_][A-Za-z0-9_]*$`)

// Texts is a list of text; where a single one makes sense it may stand alone.
type Texts struct {
	At
	List []Text
}

func (t *Texts) read(r *Reader, a At, k Key) {
	if a.Node.Kind == document.KindText && k.kind == "schedule" {
		t.At, t.List = a, []Text{{a, a.Node.Text}}
		return
	}
	if a.Node.Kind == document.KindText && k.kind != "schedule" {
		r.Problem(a, document.Problem{Message: "want a list, not " + a.Node.Got(), Hint: "write [" + Cut(a.Node.Text) + "]"})
		return
	}
	if n := a.Node; k.kind == "schedule" && n.Kind != document.KindList && n.Kind != document.KindNull {
		p := document.Problem{Message: "want text, or a list of text, not " + n.Got(),
			Hint: `write it as in "30 2 * * *" or "@every 15m", with its quotes`}
		r.Problem(a, p)
		return
	}
	if !r.wants(a, document.KindList) {
		return
	}
	t.At = a
	for i := range a.Node.Items {
		var one Text
		one.read(r, a.Item(i), Key{enum: k.enum})
		if !one.Given() {
			continue
		}
		if slices.ContainsFunc(t.List, func(o Text) bool { return o.Value == one.Value }) {
			r.Problem(one.At, document.Problem{Message: said.Quoted(one.Value) + " is in the list twice"})
			continue
		}
		t.List = append(t.List, one)
	}
}

func (t *Texts) fill(Key) {}

// Values gives the texts, nil when none are given.
func (t *Texts) Values() []string {
	if !t.Given() {
		return nil
	}
	list := make([]string, len(t.List))
	for i, one := range t.List {
		list[i] = one.Value
	}
	return list
}

// Flag is true or false.
type Flag struct {
	At
	Value bool
}

func (f *Flag) read(r *Reader, a At, _ Key) {
	if a.Node.Kind == document.KindText {
		var hint string
		switch strings.ToLower(a.Node.Text) {
		case "yes", "on", "y", "true", "1":
			hint = "write true"
		case "no", "off", "n", "false", "0":
			hint = "write false"
		default:
			hint = spelling.DidYouMean(a.Node.Text, []string{"true", "false"})
		}
		r.Problem(a, document.Problem{Message: "want true or false, not " + a.Node.Got(), Hint: hint})
		return
	}
	if r.wants(a, document.KindBoolean) {
		f.At, f.Value = a, a.Node.Text == "true"
	}
}

func (f *Flag) fill(k Key) {
	if !f.Given() {
		f.Value = k.fallback == "true"
	}
}

// Count is a whole number within bounds.
type Count struct {
	At
	Value int
}

func (c *Count) read(r *Reader, a At, k Key) {
	least, _ := strconv.Atoi(k.min)
	most, _ := strconv.Atoi(k.max)
	want := "want a whole number from " + k.min + " to " + k.max
	if a.Node.Kind == document.KindText {
		hint := ""
		if _, err := strconv.Atoi(a.Node.Text); err == nil {
			hint = "write it without quotes"
		}
		r.Problem(a, document.Problem{Message: want + ", not " + a.Node.Got(), Hint: hint})
		return
	}
	if !r.wants(a, document.KindNumber) {
		return
	}
	n, err := strconv.Atoi(a.Node.Text)
	if err != nil || n < least || n > most {
		r.Problem(a, document.Problem{Message: want + ", not " + a.Node.Got()})
		return
	}
	c.At, c.Value = a, n
}

func (c *Count) fill(k Key) {
	if !c.Given() {
		c.Value, _ = strconv.Atoi(k.fallback) // "all" is 0
	}
}

// Duration is a time such as 30m, within bounds. 0 needs no unit.
type Duration struct {
	At
	Value time.Duration
}

func (d *Duration) read(r *Reader, a At, k Key) {
	const example = "write it as 45s, 30m or 1h30m"
	if a.Node.Kind == document.KindNumber && a.Node.Text != "0" {
		r.Problem(a, document.Problem{Message: "the duration " + a.Node.Got() + " has no unit",
			Hint: "add the unit: " + a.Node.Text + "s, " + a.Node.Text + "m or " + a.Node.Text + "h"})
		return
	}
	if a.Node.Kind != document.KindNumber && !r.wants(a, document.KindText) {
		return
	}
	written := strings.TrimSpace(a.Node.Text)
	value, err := time.ParseDuration(written)
	least, most := span(k.min), span(k.max)
	switch {
	case err != nil:
		hint := example
		if n, days := strings.CutSuffix(strings.ToLower(written), "d"); days && IsDigits(n) && len(n) < 5 {
			days, _ := strconv.Atoi(n)
			hint = "the longest unit is the hour: write " + strconv.Itoa(24*days) + "h"
		}
		r.Problem(a, document.Problem{Message: said.Quoted(written) + " isn't a duration", Hint: hint})
	case value < 0 || value == 0 && least > 0:
		r.Problem(a, document.Problem{Message: "a duration of " + written + " makes no sense here", Hint: example})
	case value < least:
		r.Problem(a, document.Problem{Message: written + " is too short: the least is " + k.min})
	case value > most:
		r.Problem(a, document.Problem{Message: written + " is too long: the most is " + k.max})
	default:
		d.At, d.Value = a, value
	}
}

func (d *Duration) fill(k Key) {
	if !d.Given() {
		d.Value = span(k.fallback)
	}
}

// Share is a percentage above 0, up to 100%.
type Share struct {
	At
	Value float64 // 0.5 for 50%
}

func (s *Share) read(r *Reader, a At, _ Key) {
	if a.Node.Kind == document.KindNumber {
		r.Problem(a, document.Problem{Message: "want a percentage, not " + a.Node.Got(), Hint: "write it with the % sign, as in 50%"})
		return
	}
	if !r.wants(a, document.KindText) {
		return
	}
	written, percent := strings.CutSuffix(strings.TrimSpace(a.Node.Text), "%")
	value, err := strconv.ParseFloat(strings.TrimSpace(written), 64)
	switch {
	case !percent || err != nil || math.IsNaN(value) || math.IsInf(value, 0):
		hint := "write it as 50%"
		if a.Node.Text == "off" {
			hint = "remove the key: that is off"
		}
		r.Problem(a, document.Problem{Message: said.Quoted(a.Node.Text) + " isn't a percentage", Hint: hint})
	case value <= 0 || value > 100:
		r.Problem(a, document.Problem{Message: "want more than 0% and at most 100%, not " + a.Node.Text})
	default:
		s.At, s.Value = a, value/100
	}
}

func (s *Share) fill(Key) {}

// Raw is any mapping: a query's variables.
type Raw struct{ At }

func (w *Raw) read(r *Reader, a At, _ Key) {
	if a.Node.Kind == document.KindNull || r.wants(a, document.KindMapping) {
		w.At = a
	}
}

func (w *Raw) fill(Key) {}

// Pairs is a mapping of text to text, in order.
type Pairs struct {
	At
	List []Pair
}

// Pair is a name and its text.
type Pair struct {
	Name  At // of the key
	Value Text
}

func (p *Pairs) read(r *Reader, a At, k Key) {
	if !r.wants(a, document.KindMapping) {
		return
	}
	p.At = a
	for _, e := range a.Node.Entries {
		one := Pair{Name: a.Name(e)}
		one.Value.read(r, a.Entry(e), Key{kind: k.kind})
		if one.Value.Given() {
			p.List = append(p.List, one)
		}
	}
}

func (p *Pairs) fill(Key) {}

// Values gives the texts by their names, nil for none.
func (p *Pairs) Values() map[string]string {
	if len(p.List) == 0 {
		return nil
	}
	values := make(map[string]string, len(p.List))
	for _, one := range p.List {
		values[one.Name.Node.Text] = one.Value.Value
	}
	return values
}

// IsDigits reports whether a text is digits and nothing else.
func IsDigits(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }
