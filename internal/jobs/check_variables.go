package jobs

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"speckle-runner/internal/jobs/document"
	"speckle-runner/internal/jobs/placeholder"
	"speckle-runner/internal/jobs/shape"
	"speckle-runner/internal/jobs/spelling"
	"speckle-runner/internal/speckle/query"
)

// variables checks the values of a query's variables and makes them ready to
// be sent. Without a query only the values themselves are checked.
func (l *loader) variables(a asking, q *query.Query) []Variable {
	var list []Variable
	given := map[string]bool{}
	if a.variables.Given() && a.variables.Node.Kind == document.KindMapping {
		for _, e := range a.variables.Node.Entries {
			name := e.Key.Text
			place := a.variables.Entry(e)
			given[name] = true
			if q != nil {
				l.variable(q, a.variables.Name(e), place)
			}
			if v := l.value(place, a.each); v != nil {
				list = append(list, Variable{Name: name, Value: v, Line: e.Value.Line, Col: e.Value.Col})
			}
		}
	}
	if q != nil {
		l.missing(a, q, given)
	}
	return list
}

// variable checks one value against the operation's declaration of it.
func (l *loader) variable(q *query.Query, name, value shape.At) {
	i := slices.IndexFunc(q.Variables, func(v query.Variable) bool { return v.Name == name.Node.Text })
	if i < 0 {
		var known []string
		for _, v := range q.Variables {
			known = append(known, v.Name)
		}
		written := strings.TrimPrefix(name.Node.Text, "$")
		p := document.Problem{Message: "the query declares no variable $" + written, Hint: spelling.DidYouMean(written, known)}
		switch {
		case len(known) == 0:
			p.Hint = "the query has no variables: declare it there, or remove it here"
		case p.Hint == "":
			p.Hint = "it declares $" + strings.Join(known, ", $")
		}
		l.Problem(name, p)
		return
	}
	if q.Paging != nil && q.Paging.CursorVar == name.Node.Text {
		if value.Node.Kind != document.KindNull {
			l.Problem(value, document.Problem{Message: "runner sets the cursor: with a first value, the pages before it would be left out",
				Hint: "remove it"})
		}
		return
	}
	if q.Paging != nil && q.Paging.LimitVar == name.Node.Text && value.Node.Kind == document.KindNumber && !isPositive(value.Node.Text) {
		l.Problem(value, document.Problem{Message: "pages of " + value.Node.Text + " records would never end",
			Hint: "remove it: then the largest page that the server takes is asked for"})
		return
	}
	if wrong, why := mismatch(q.Variables[i].Type, value.Node); wrong != nil {
		why.Message = fmt.Sprintf("$%s is %s: %s", name.Node.Text, q.Variables[i].Type, why.Message)
		l.Problem(shape.At{Node: wrong, Path: value.Path}, why)
	}
}

func isPositive(number string) bool {
	n, err := strconv.ParseFloat(number, 64)
	return err == nil && n > 0
}

// missing reports variables that the operation needs and nobody gives.
func (l *loader) missing(a asking, q *query.Query, given map[string]bool) {
	strange := slices.DeleteFunc(keysOfMap(given), func(name string) bool {
		return slices.ContainsFunc(q.Variables, func(v query.Variable) bool { return v.Name == name })
	})
	place := a.owner
	if a.variables.Given() {
		place = a.variables.At
	}
	for _, v := range q.Variables {
		own := q.Paging != nil && (v.Name == q.Paging.CursorVar || v.Name == q.Paging.LimitVar)
		if !v.NonNull || v.HasDefault || own || given[v.Name] || a.given(v.Name) {
			continue
		}
		if spelling.Meant(v.Name, strange) != "" {
			continue // told, with this name as the hint
		}
		p := document.Problem{Message: fmt.Sprintf("the query needs $%s (%s), and no value is given", v.Name, v.Type),
			Hint: fmt.Sprintf("write it below variables: %s: …", v.Name)}
		if a.each {
			p.Hint = fmt.Sprintf("write %s: \"{each.NAME}\" below variables, or let the select of for_each give it: \"{%s: .id}\"", v.Name, v.Name)
		}
		l.Problem(shape.At{Node: place.Node, Path: place.Path}, p)
	}
}

func keysOfMap(m map[string]bool) []string {
	var keys []string
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// mismatch gives the part of a value that can't be of a GraphQL type, and why,
// by the rules of GraphQL's input coercion; nil when it fits. Types that aren't
// built in are the server's.
func mismatch(typ string, n *document.Node) (wrong *document.Node, why document.Problem) {
	inner, required := strings.CutSuffix(typ, "!")
	if n.Kind == document.KindNull {
		if required {
			return n, document.Problem{Message: "null isn't allowed", Hint: "give it a value"}
		}
		return nil, document.Problem{}
	}
	if n.Kind == document.KindUnclear {
		return nil, document.Problem{} // told with the value
	}
	if item, isList := strings.CutPrefix(inner, "["); isList {
		item = strings.TrimSuffix(item, "]")
		if n.Kind != document.KindList {
			return mismatch(item, n) // one value stands for a list of one
		}
		for _, one := range n.Items {
			wrong, why = mismatch(item, one)
			if wrong != nil {
				return wrong, why
			}
		}
		return nil, document.Problem{}
	}
	why = scalarMismatch(inner, n)
	if why.Message != "" {
		return n, why
	}
	return nil, document.Problem{}
}

func scalarMismatch(scalar string, n *document.Node) document.Problem {
	var want string
	var fits bool
	switch scalar {
	case "Int":
		want, fits = "a whole number", n.Kind == document.KindNumber && isInt(n.Text)
		if f, err := strconv.ParseFloat(n.Text, 64); n.Kind == document.KindNumber && err == nil && f == math.Trunc(f) && !fits {
			return document.Problem{Message: n.Text + " is too large for GraphQL's Int, which ends at 2147483647"}
		}
	case "Float":
		want, fits = "a number", n.Kind == document.KindNumber
	case "Boolean":
		want, fits = "true or false", n.Kind == document.KindBoolean
	case "String":
		want, fits = "text", n.Kind == document.KindText
	case "ID":
		want, fits = "text", n.Kind == document.KindText || n.Kind == document.KindNumber && shape.IsDigits(strings.TrimPrefix(n.Text, "-"))
	default:
		return document.Problem{}
	}
	if fits {
		return document.Problem{}
	}
	p := document.Problem{Message: fmt.Sprintf("want %s, not %s", want, n.Got())}
	switch {
	case want == "text" && (n.Kind == document.KindNumber || n.Kind == document.KindBoolean):
		p.Hint = fmt.Sprintf("put it into quotes: %q", n.Text)
	case n.Kind == document.KindText && n.Style == document.StyleQuoted && want != "text":
		if k, _, _ := document.Plain(n.Text); k == document.KindNumber && want != "true or false" ||
			k == document.KindBoolean && scalar == "Boolean" {
			p.Hint = "write it without quotes: " + n.Text
		}
	case n.Kind == document.KindText && strings.Contains(n.Text, "{"):
		p.Hint = "a placeholder always gives text"
	}
	return p
}

func isInt(text string) bool {
	f, err := strconv.ParseFloat(text, 64)
	return err == nil && f == math.Trunc(f) && f >= math.MinInt32 && f <= math.MaxInt32
}

// value reads a value of the job file, nil when something is wrong in it.
func (r *loader) value(a shape.At, each bool) *value {
	n := a.Node
	switch n.Kind {
	case document.KindNull:
		return plainValue("null")
	case document.KindBoolean, document.KindNumber:
		return plainValue(n.Text)
	case document.KindUnclear:
		r.Problem(a, shape.Unclear(n))
		return nil
	case document.KindText:
		r.typographic(a)
		r.otherwiseMeant(a)
		if !strings.ContainsAny(n.Text, "{}") {
			return plainValue(string(quoted(n.Text)))
		}
		r.otherwiseWritten(a, false)
		return &value{kind: document.KindText, text: r.template(a, each)}
	case document.KindList:
		v := &value{kind: document.KindList}
		for i := range n.Items {
			if one := r.value(a.Item(i), each); one != nil {
				v.items = append(v.items, one)
			}
		}
		return v.settled()
	default:
		v := &value{kind: document.KindMapping}
		for _, e := range n.Entries {
			if one := r.value(a.Entry(e), each); one != nil {
				v.members = append(v.members, member{e.Key.Text, one})
			}
		}
		return v.settled()
	}
}

// otherwiseMeant warns of a text that goes to the server as it stands, and was hardly
// meant so: a placeholder of an example, a variable of the environment, an address in
// the place of the id in it.
func (l *loader) otherwiseMeant(a shape.At) {
	text := a.Node.Text
	switch {
	case leftOver().MatchString(text):
		l.Warning(a, document.Problem{Message: text + " is a placeholder of an example", Hint: "put your own value here"})
	case shellName().MatchString(text):
		l.Warning(a, document.Problem{Message: text + " is sent to the server as it is written", Hint: placeholder.NotExpanded})
	case strings.HasPrefix(text, "https://"):
		parts, key := addressPattern().FindStringSubmatch(text), strings.ToLower(lastKey(a.Path))
		for name, i := range pathIndex {
			if parts != nil && parts[i] != "" && strings.HasPrefix(key, name) && strings.HasSuffix(key, "id") {
				l.Warning(a, document.Problem{Message: "this is an address, and " + lastKey(a.Path) + " wants the id in it",
					Hint: "write " + shape.Cut(parts[i])})
			}
		}
	}
}

// typographic warns of a value whose quotes came from a text processor: YAML
// takes them as a part of it.
func (l *loader) typographic(a shape.At) {
	runes := []rune(a.Node.Text)
	if len(runes) > 1 && strings.ContainsRune("“”„‘", runes[0]) && strings.ContainsRune("“”’", runes[len(runes)-1]) {
		l.Warning(a, document.Problem{Message: "the quotes around this value are typographic, so they are part of it",
			Hint: "write straight ones, as in \"…\""})
	}
}
