package shape

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"speckle-runner/internal/jobs/document"
	"speckle-runner/internal/pattern"
	"speckle-runner/internal/said"
)

// Reader fills shapes from nodes. It is strict: what a shape doesn't know is a
// problem.
type Reader struct {
	Src      *document.Text
	Problems *document.Collector

	unknown func(r *Reader, name At, t reflect.Type, keys []Key) // tells of a key that a shape doesn't have
}

// Field is a value of a shape.
type Field interface {
	Given() bool
	Place() At
	read(r *Reader, a At, k Key) // fills it from the node
	fill(k Key)                  // with the default of its tag
	schema(k Key) object         // what a JSON Schema says of it
}

// object is a JSON object of the schema.
type object = map[string]any

// Problem reports one at a value of the job file.
func (r *Reader) Problem(a At, p document.Problem) {
	p.Path = a.Path
	r.Problems.Add(r.Src, a.Node.Line, a.Node.Col, p)
}

// Warning reports what leaves the file usable.
func (r *Reader) Warning(a At, p document.Problem) {
	p.Warning = true
	r.Problem(a, p)
}

// Hidden reports a problem of a value that may be a secret: no problem shows
// the line from there on.
func (r *Reader) Hidden(a At, p document.Problem) {
	r.Src.Hide(a.Node.Line, a.Node.Col)
	r.Problem(a, p)
}

// wants reports whether a value is of a kind, and says so when it isn't.
func (r *Reader) wants(a At, k document.Kind) bool {
	n := a.Node
	switch n.Kind {
	case k:
		return true
	case document.KindNull:
		r.Problem(a, document.Problem{Message: "has no value", Hint: "give it one, or remove the key"})
	case document.KindUnclear:
		r.Problem(a, Unclear(n))
	default:
		hint := ""
		if k == document.KindMapping && n.Kind == document.KindText && strings.Contains(n.Text, ":") &&
			!strings.Contains(n.Text, "://") {
			hint = "write a space behind the colon"
		}
		if k == document.KindText && (n.Kind == document.KindNumber || n.Kind == document.KindBoolean) {
			hint = fmt.Sprintf("put it into quotes: %q", n.Text)
		}
		if k == document.KindText && n.Kind == document.KindMapping && len(n.Entries) == 1 && n.Entries[0].Value.Kind == document.KindNull {
			hint = fmt.Sprintf("a value with a placeholder stands in quotes: \"{%s}\"", Cut(n.Entries[0].Key.Text))
		}
		if hint == "" && k != document.KindText && n.Kind == document.KindText {
			hint = insteadOfText(a.Path[strings.LastIndexByte(a.Path, '.')+1:], n.Text)
		}
		r.Problem(a, document.Problem{Message: fmt.Sprintf("want %s, not %s", k, n.Got()), Hint: hint})
	}
	return false
}

// Unclear is the problem of a value that readers of YAML don't agree on.
func Unclear(n *document.Node) document.Problem {
	return document.Problem{Message: n.Text + " is unclear: " + n.Why,
		Hint: fmt.Sprintf("put it into quotes when it is text: %q; else write the number in plain digits", n.Text)}
}

// Mapping fills a shape, given as a pointer to its struct.
func (r *Reader) Mapping(a At, into reflect.Value) bool {
	if !r.wants(a, document.KindMapping) {
		return false
	}
	keys := KeysOf(into.Type())
	for _, e := range a.Node.Entries {
		i := slices.IndexFunc(keys, func(k Key) bool { return k.Name == e.Key.Text })
		if i < 0 {
			if secretWord().MatchString(e.Key.Text) {
				r.Src.Hide(e.Value.Line, e.Value.Col)
			}
			r.unknown(r, a.Name(e), into.Type(), keys)
			continue
		}
		FieldOf(into, keys[i]).read(r, a.Entry(e), keys[i])
	}
	return true
}

// FieldOf gives the field of a shape that a key is read into.
func FieldOf(v reflect.Value, k Key) Field {
	return v.FieldByIndex(k.index).Addr().Interface().(Field)
}

// named reads a mapping whose keys are names of the user's own, and calls one for
// each. list and empty are what is told of a list, and where there is no name.
func (r *Reader) named(a At, list, empty document.Problem, one func(name, value At)) bool {
	switch {
	case a.Node.Kind == document.KindList && list.Message != "":
		r.Problem(a, list)
		return false
	case a.Node.Kind == document.KindNull:
		r.Problem(a, empty)
		return false
	}
	if !r.wants(a, document.KindMapping) {
		return false
	}
	if len(a.Node.Entries) == 0 {
		r.Problem(a, empty)
	}
	for _, e := range a.Node.Entries {
		one(a.Name(e), a.Entry(e))
	}
	return true
}

// insteadOfText says how a key's value is written that was given as a text alone, or one of
// its list, such as outputs[2].
func insteadOfText(key, text string) string {
	if list, _, one := strings.Cut(key, "["); one {
		return strings.Replace(insteadOfText(list, text), " in the line below it, indented", "", 1)
	}
	switch {
	case key == "outputs" && strings.Contains(text, "://"):
		return "write - webhook: and the address in the line below it, indented"
	case key == "outputs":
		return "write - file: and the path in the line below it, indented"
	case key == "notify" && strings.Contains(text, "@") && !strings.Contains(text, "://"):
		return "write - email: and the address, in [ ], in the line below it, indented"
	case key == "notify":
		return "write - webhook_env: NAME in the line below it, indented; NAME is a variable with the address"
	case key == "where":
		return "write { category: Doors }"
	case key == "variables":
		return "write { projectId: 236d44f972 }, with the names of the query's variables"
	}
	return ""
}

// Fill puts defaults where nothing is given.
func Fill(shape reflect.Value) {
	for _, k := range KeysOf(shape.Type()) {
		FieldOf(shape, k).fill(k)
	}
}

// Needs reports required keys that are missing, and keys of one group that
// exclude each other. has tells whether a key is there, be it wrong: that was
// told already.
func (r *Reader) Needs(a At, shape reflect.Value, has func(name string) bool) {
	keys := KeysOf(shape.Type())
	seen := map[string]string{} // group → key that is given
	for _, k := range keys {
		f := FieldOf(shape, k)
		switch first := seen[k.group]; {
		case k.group == "" && k.need && !f.Given() && !has(k.Name):
			r.Problem(a, document.Problem{Message: k.Name + " is missing", Hint: Missing[k.Name]})
		case k.group != "" && f.Given() && first != "":
			r.Problem(f.Place(), document.Problem{Message: k.Name + " and " + first + " exclude each other", Hint: "keep one of them"})
		case k.group != "" && f.Given():
			seen[k.group] = k.Name
		}
	}
	r.needsAny(a, shape, keys, has)
	told := map[string]bool{}
	for _, k := range keys {
		if k.need && k.group != "" && seen[k.group] == "" && !told[k.group] {
			told[k.group] = true
			group := names(keys, k.group)
			if !slices.ContainsFunc(group, has) {
				r.Problem(a, document.Problem{Message: said.Either(group) + " is missing", Hint: Missing[group[0]]})
			}
		}
	}
}

// needsAny reports keys of which one has to be there at least, and none is.
func (r *Reader) needsAny(a At, shape reflect.Value, keys []Key, has func(name string) bool) {
	names := anyOf(keys)
	for _, k := range keys {
		if k.any != "" && (FieldOf(shape, k).Given() || has(k.Name)) {
			return
		}
	}
	if len(names) > 0 {
		r.Problem(a, document.Problem{Message: said.Either(names) + " is missing", Hint: Missing[names[0]]})
	}
}

// Missing says what to write for a key, or a group of keys, that isn't there.
var Missing = map[string]string{ //nolint:gosec // keys of the file, no secrets
	"schedule":  `write schedule: "30 2 * * *" for every night at 02:30, or schedule: manual; or on_version: with project`,
	"token_env": "write token_env: SPECKLE_TOKEN, the name of the environment variable that holds the token",
	"query":     "write query: | and the GraphQL query below it, indented; or elements: with project and model",
	"outputs":   "write outputs: and below it, indented, - file: exports/{job}/{date}.csv",
	"file":      "write file: with a path, or webhook_env: with the name of the variable that holds the address",
	"webhook":   "write webhook_env: with the name of the variable that holds the address",
	"host":      "write host: with the name of the mail server, such as smtp.example.com",
	"from":      "write from: with the address that mail comes from, such as runner@example.com",
	"jobs":      "runner init writes a first file",
	"project":   "write project: with its id, which is in the address: /projects/PROJECT/models/MODEL",
	"model":     "write model: with its id, which is in the address: /projects/PROJECT/models/MODEL",
}

// secretWord is in the names of keys that people put secrets behind.
var secretWord = pattern.New(`(?i)token|secret|passw|key|auth|^pat$`)

// Cut shortens text for a hint.
func Cut(s string) string {
	const most = 30
	return said.Start(s, most)
}
