package jobs

import (
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"speckle-runner/internal/jobs/document"
	"speckle-runner/internal/said"
	"speckle-runner/internal/secret"
)

// reader fills shapes from nodes. It is strict: what a shape doesn't know is a
// problem.
type reader struct {
	src      *document.Text
	problems *document.Collector
}

// problem reports one at a value of the job file.
func (r *reader) problem(a at, p document.Problem) {
	p.Path = a.path
	r.problems.Add(r.src, a.node.Line, a.node.Col, p)
}

func (r *reader) warning(a at, p document.Problem) {
	p.Warning = true
	r.problem(a, p)
}

// hidden reports a problem of a value that may be a secret: no problem shows
// the line from there on.
func (r *reader) hidden(a at, p document.Problem) {
	r.src.Hide(a.node.Line, a.node.Col)
	r.problem(a, p)
}

// wants reports whether a value is of a kind, and says so when it isn't.
func (r *reader) wants(a at, k document.Kind) bool {
	n := a.node
	switch n.Kind {
	case k:
		return true
	case document.KindNull:
		r.problem(a, document.Problem{Message: "has no value", Hint: "give it one, or remove the key"})
	case document.KindUnclear:
		r.problem(a, unclear(n))
	default:
		hint := ""
		if k == document.KindMapping && n.Kind == document.KindText && strings.Contains(n.Text, ":") {
			hint = "write a space behind the colon"
		}
		if k == document.KindText && (n.Kind == document.KindNumber || n.Kind == document.KindBoolean) {
			hint = fmt.Sprintf("put it into quotes: %q", n.Text)
		}
		r.problem(a, document.Problem{Message: fmt.Sprintf("want %s, not %s", k, n.Got()), Hint: hint})
	}
	return false
}

// unclear is the problem of a value that readers of YAML don't agree on.
func unclear(n *document.Node) document.Problem {
	return document.Problem{Message: n.Text + " is unclear: " + n.Why,
		Hint: fmt.Sprintf("put it into quotes when it is text: %q; else write the number in plain digits", n.Text)}
}

// mapping fills a shape, given as a pointer to its struct.
func (r *reader) mapping(a at, into reflect.Value) bool {
	if !r.wants(a, document.KindMapping) {
		return false
	}
	keys := keysOf(into.Type())
	for _, e := range a.node.Entries {
		i := slices.IndexFunc(keys, func(k key) bool { return k.name == e.Key.Text })
		if i < 0 {
			if secretWord.MatchString(e.Key.Text) {
				r.src.Hide(e.Value.Line, e.Value.Col)
			}
			r.unknown(at{e.Key, join(a.path, e.Key.Text)}, into.Type(), keys)
			continue
		}
		fieldOf(into, keys[i]).read(r, at{e.Value, join(a.path, keys[i].name)}, keys[i])
	}
	return true
}

func fieldOf(v reflect.Value, k key) field {
	return v.FieldByIndex(k.index).Addr().Interface().(field)
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

// fill puts defaults where nothing is given.
func fill(shape reflect.Value) {
	for _, k := range keysOf(shape.Type()) {
		fieldOf(shape, k).fill(k)
	}
}

// needs reports required keys that are missing, and keys of one group that
// exclude each other. has tells whether a key is there, be it wrong: that was
// told already.
func (r *reader) needs(a at, shape reflect.Value, has func(name string) bool) {
	keys := keysOf(shape.Type())
	seen := map[string]string{} // group → key that is given
	for _, k := range keys {
		f := fieldOf(shape, k)
		switch first := seen[k.group]; {
		case k.group == "" && k.need && !f.given() && !has(k.name):
			r.problem(a, document.Problem{Message: k.name + " is missing", Hint: missing[k.name]})
		case k.group != "" && f.given() && first != "":
			r.problem(f.place(), document.Problem{Message: k.name + " and " + first + " exclude each other", Hint: "keep one of them"})
		case k.group != "" && f.given():
			seen[k.group] = k.name
		}
	}
	r.needsAny(a, shape, keys, has)
	told := map[string]bool{}
	for _, k := range keys {
		if k.need && k.group != "" && seen[k.group] == "" && !told[k.group] {
			told[k.group] = true
			group := names(keys, k.group)
			if !slices.ContainsFunc(group, has) {
				r.problem(a, document.Problem{Message: said.Either(group) + " is missing", Hint: missing[group[0]]})
			}
		}
	}
}

// needsAny reports keys of which one has to be there at least, and none is.
func (r *reader) needsAny(a at, shape reflect.Value, keys []key, has func(name string) bool) {
	names := anyOf(keys)
	for _, k := range keys {
		if k.any != "" && (fieldOf(shape, k).given() || has(k.name)) {
			return
		}
	}
	if len(names) > 0 {
		r.problem(a, document.Problem{Message: said.Either(names) + " is missing", Hint: missing[names[0]]})
	}
}

// missing says what to write for a key, or a group of keys, that isn't there.
var missing = map[string]string{ //nolint:gosec // keys of the file, no secrets
	"schedule":  `write schedule: "30 2 * * *" for every night at 02:30, or schedule: manual; or on_version: with project`,
	"token_env": "write token_env: SPECKLE_TOKEN, the name of the environment variable that holds the token",
	"query":     "write query: | and the GraphQL query below it, indented; or elements: with project and model",
	"outputs":   "write outputs: and below it, indented, - file: exports/{job}/{date}.csv",
	"file":      "write file: with a path, or webhook_env: with the name of the variable that holds the address",
	"webhook":   "write webhook_env: with the name of the variable that holds the address",
	"jobs":      "runner init writes a first file",
	"project":   "write project: with its id, which stands in the address: /projects/PROJECT/models/MODEL",
	"model":     "write model: with its id, which stands in the address: /projects/PROJECT/models/MODEL",
}

// secretWord is in the names of keys that people put secrets behind.
var secretWord = regexp.MustCompile(`(?i)token|secret|passw|key|auth|^pat$`)

var envPattern = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// envName checks the name of an environment variable. What isn't one may be
// the secret itself, so it is never shown.
func (r *reader) envName(a at) {
	name := a.node.Text
	bare := strings.TrimSuffix(strings.TrimPrefix(strings.TrimPrefix(name, "$"), "{"), "}")
	p := document.Problem{Message: "this is no name of an environment variable",
		Hint: "write a name such as SPECKLE_TOKEN; the value itself stays out of the file"}
	switch {
	case envPattern.MatchString(name) && len(name) <= 200:
		return
	case len(secret.FindTokens([]byte(name))) > 0: // told already
		return
	case bare != name && envPattern.MatchString(bare):
		p.Hint = "write the name alone: " + bare
		r.problem(a, p)
		return
	case strings.Contains(name, "://"):
		p.Message = "this is an address, and the key wants the name of the environment variable that holds it"
		p.Hint = "put the address into an environment variable, and write that variable's name here"
	}
	r.hidden(a, p)
}

// list is a list of mappings.
type list[T any] struct {
	at
	items []*T
}

func (l *list[T]) read(r *reader, a at, _ key) {
	if a.node.Kind == document.KindMapping {
		r.problem(a, document.Problem{Message: "want a list, not a mapping", Hint: "begin each item with a hyphen and a space"})
		return
	}
	if !r.wants(a, document.KindList) {
		return
	}
	l.at = a
	for i, item := range a.node.Items {
		one, place := new(T), at{item, a.path + "[" + strconv.Itoa(i) + "]"}
		v := reflect.ValueOf(one).Elem()
		v.FieldByName("At").Set(reflect.ValueOf(place))
		if r.mapping(place, v) {
			r.needs(place, v, func(name string) bool { return meansKey(item, v.Type(), name) })
			fill(v)
			l.items = append(l.items, one)
		}
	}
}

func (l *list[T]) fill(key) {}

// opt is a mapping that may be there.
type opt[T any] struct {
	at
	value *T
}

func (o *opt[T]) read(r *reader, a at, _ key) {
	one := new(T)
	v := reflect.ValueOf(one).Elem()
	v.FieldByName("At").Set(reflect.ValueOf(a))
	if r.mapping(a, v) {
		o.at, o.value = a, one
		r.needs(a, v, func(name string) bool { return meansKey(a.node, v.Type(), name) })
		if v.Type() != defaultsType { // filled in the jobs, after their own keys
			fill(v)
		}
	}
}

func (o *opt[T]) fill(key) {}
