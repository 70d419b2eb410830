package graph

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"speckle-runner/internal/elements"
)

// flatten makes properties of what lies in an object, each at its dotted path.
// A fallback yields to what has the same path.
func (b *builder) flatten(value []byte, scope elements.Scope, fallback bool) error {
	switch kindOf(value) {
	case '{':
		if leaf, unit, is := measured(value); is {
			b.add(leaf, unit, scope, fallback)
			return nil
		}
		return members(value, func(name string, inner []byte) error {
			within := scope
			if strings.HasSuffix(name, "Type Parameters") { // and System Type Parameters
				within = elements.Type
			}
			return b.below(name, inner, within, fallback)
		})
	case '[':
		return b.list(value, scope, fallback)
	default:
		b.add(value, nil, scope, fallback)
		return nil
	}
}

func (b *builder) below(name string, value []byte, scope elements.Scope, fallback bool) error {
	b.depth++
	if b.depth > maxDepth {
		return &Error{File: "objects", What: fmt.Sprintf("the properties of object %s are nested more than %d deep", shown([]byte(b.made.ID)),
			maxDepth)}
	}
	defer func() { b.depth-- }()
	length := len(b.path)
	b.path = append(append(b.path, '.'), name...)
	err := b.flatten(value, scope, fallback)
	b.path = b.path[:length]
	return err
}

// maxDepth is how deep properties may be nested: those of connectors are 4 or 5.
const maxDepth = 100

// list makes one text of plain values, as of several materials; other things
// have their number in the path.
func (b *builder) list(value []byte, scope elements.Scope, fallback bool) error {
	var texts []string
	plain := true
	err := list(value, func(one []byte) error {
		switch c := kindOf(one); {
		case c == '{' || c == '[':
			plain = false
		case c == '"':
			texts = append(texts, textOf(one))
		case c != 'n':
			texts = append(texts, string(one))
		}
		return nil
	})
	if err != nil {
		return err
	}
	if plain {
		if len(texts) > 0 {
			text, _ := jsontext.AppendQuote(nil, strings.Join(texts, "; "))
			b.add(text, nil, scope, fallback)
		}
		return nil
	}
	at := 0
	return list(value, func(one []byte) error {
		at++
		return b.below(strconv.Itoa(at-1), one, scope, fallback)
	})
}

// measured tells a value with its name and unit from an object that holds
// properties.
func measured(text []byte) (value, unit []byte, is bool) {
	named, deeper := false, false
	_ = members(text, func(name string, v []byte) error { // it was whole with the object
		switch name {
		case "value":
			value = v
		case "units", "unit":
			unit, named = v, true
		case "name", "internalDefinitionName", "applicationInternalName":
			named = true
		}
		deeper = deeper || kindOf(v) == '{' || kindOf(v) == '['
		return nil
	})
	return value, unit, value != nil && named && !deeper
}
