package jobs

import (
	"fmt"

	"github.com/go-json-experiment/json/jsontext"

	"speckle-runner/internal/jobs/document"
	"speckle-runner/internal/jobs/placeholder"
	"speckle-runner/internal/pattern"
)

// value is a JSON value of the job file, its strings parsed as templates.
type value struct {
	raw     jsontext.Value       // of a value without placeholders
	text    placeholder.Template // of a string with some
	items   []*value
	members []member
	kind    document.Kind // KindNull: raw; KindText, KindList or KindMapping
}

type member struct {
	name  string
	value *value
}

// leftOver is how examples write what is the reader's to fill in.
var leftOver = pattern.New(`^YOUR_[A-Z_]+$|^0{10}$`)

// shellName is a variable of the environment, as shells write it.
var shellName = pattern.New(`^(\$[A-Z_][A-Z0-9_]*|%[A-Z_][A-Z0-9_]*%)$`)

func plainValue(text string) *value { return &value{raw: jsontext.Value(text)} }

// settled makes raw JSON of a value without placeholders.
func (v *value) settled() *value {
	for _, item := range v.items {
		if item.raw == nil {
			return v
		}
	}
	for _, m := range v.members {
		if m.value.raw == nil {
			return v
		}
	}
	text, err := v.append(nil, placeholder.Values{})
	if err != nil {
		return v
	}
	return &value{raw: text}
}

func quoted(text string) []byte {
	b, err := jsontext.AppendQuote(nil, text)
	if err != nil { // invalid UTF-8, which readable refuses
		return []byte(`""`)
	}
	return b
}

// append writes the value as JSON, placeholders filled in.
func (v *value) append(b []byte, values placeholder.Values) ([]byte, error) {
	switch {
	case v.raw != nil:
		return append(b, v.raw...), nil
	case v.kind == document.KindText:
		text, err := v.text.Expand(values, placeholder.Variable)
		if err != nil {
			return nil, err
		}
		return append(b, quoted(text)...), nil
	case v.kind == document.KindList:
		b = append(b, '[')
		for i, item := range v.items {
			if i > 0 {
				b = append(b, ',')
			}
			var err error
			if b, err = item.append(b, values); err != nil {
				return nil, err
			}
		}
		return append(b, ']'), nil
	}
	b = append(b, '{')
	for i, m := range v.members {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(append(b, quoted(m.name)...), ':')
		var err error
		if b, err = m.value.append(b, values); err != nil {
			return nil, err
		}
	}
	return append(b, '}'), nil
}

// Expand gives variables as they are sent, placeholders filled in.
func Expand(variables []Variable, v placeholder.Values) (map[string]jsontext.Value, error) {
	out := make(map[string]jsontext.Value, len(variables))
	for _, one := range variables {
		text, err := one.Value.append(nil, v)
		if err != nil {
			return nil, fmt.Errorf("variable %s: %w", one.Name, err)
		}
		out[one.Name] = text
	}
	return out, nil
}

// Variable is one of a query's variables: a JSON value whose strings may hold
// placeholders.
type Variable struct {
	Name  string
	Value *value

	Line, Col int // of the value in the job file
}
