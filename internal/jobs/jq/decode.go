package jq

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
)

// Decode reads JSON for a program, numbers as they were written: Append gives
// the same bytes for those that no program computed with. As jq does, it keeps
// the last of several members with one name, and puts U+FFFD for bytes that are
// no UTF-8 and for half a surrogate pair. More than one value, and lists and
// objects more than 1000 deep, are errors. text may be used again afterwards.
func Decode(text []byte) (any, error) {
	r, _ := readers.Get().(*reader)
	r.text, r.at = string(text), 0
	value, err := r.value(0)
	if err == nil && r.skip() {
		err = errors.New("more than one value")
	}
	if err != nil {
		err = fmt.Errorf("read JSON: byte %d: %w", r.at, err)
		value = nil
	}
	r.release()
	return value, err
}

func (r *reader) value(depth int) (any, error) {
	if !r.skip() {
		return nil, errEnd
	}
	switch c := r.text[r.at]; {
	case c == '"':
		r.at++
		return r.string()
	case c == '{':
		r.at++
		return r.object(depth + 1)
	case c == '[':
		r.at++
		return r.list(depth + 1)
	case c == '-' || isDigit(c):
		return r.number()
	case c == 'n' && r.word("null"):
		return nil, nil
	case c == 't' && r.word("true"):
		return true, nil
	case c == 'f' && r.word("false"):
		return false, nil
	}
	return nil, errValue
}

func (r *reader) word(word string) bool {
	if len(r.text)-r.at < len(word) || r.text[r.at:r.at+len(word)] != word {
		return false
	}
	r.at += len(word)
	return true
}

func (r *reader) list(depth int) (any, error) {
	if depth > maxDepth {
		return nil, errDeep
	}
	if r.take(']') {
		return []any{}, nil
	}
	start := len(r.items)
	for {
		item, err := r.value(depth)
		if err != nil {
			return nil, err
		}
		r.items = append(r.items, item)
		if r.take(',') {
			continue
		}
		if !r.take(']') {
			return nil, r.expected("a , or the ] of a list")
		}
		items := append([]any(nil), r.items[start:]...)
		r.items = r.items[:start]
		return items, nil
	}
}

func (r *reader) object(depth int) (any, error) {
	if depth > maxDepth {
		return nil, errDeep
	}
	if r.take('}') {
		return map[string]any{}, nil
	}
	start, named := len(r.items), len(r.names)
	for {
		if !r.take('"') {
			return nil, r.expected("the name of a member")
		}
		name, err := r.string()
		if err != nil {
			return nil, err
		}
		if !r.take(':') {
			return nil, r.expected("the : behind a member's name")
		}
		value, err := r.value(depth)
		if err != nil {
			return nil, err
		}
		r.names, r.items = append(r.names, name), append(r.items, value)
		if r.take(',') {
			continue
		}
		if !r.take('}') {
			return nil, r.expected("a , or the } of an object")
		}
		members := make(map[string]any, len(r.items)-start)
		for i, value := range r.items[start:] {
			members[r.names[named+i]] = value
		}
		r.items, r.names = r.items[:start], r.names[:named]
		return members, nil
	}
}

func (r *reader) expected(what string) error {
	if !r.skip() {
		return errEnd
	}
	return fmt.Errorf("expected %s", what)
}

// number gives an int where that prints as the same digits, because gojq reads
// a json.Number's text anew at every step.
func (r *reader) number() (any, error) {
	start := r.at
	r.take('-')
	whole := r.at
	digits := r.digits()
	if digits == 0 || digits > 1 && r.text[whole] == '0' {
		return nil, errors.New("no number")
	}
	plain := true
	if r.at < len(r.text) && r.text[r.at] == '.' {
		r.at++
		plain = false
		if r.digits() == 0 {
			return nil, errors.New("no number")
		}
	}
	if r.at < len(r.text) && r.text[r.at]|' ' == 'e' {
		r.at++
		plain = false
		if r.at < len(r.text) && (r.text[r.at] == '+' || r.text[r.at] == '-') {
			r.at++
		}
		if r.digits() == 0 {
			return nil, errors.New("no number")
		}
	}
	text := r.text[start:r.at]
	if plain && text != "-0" {
		if n, err := strconv.Atoi(text); err == nil {
			return n, nil
		}
	}
	return json.Number(text), nil
}

func (r *reader) digits() int {
	start := r.at
	for r.at < len(r.text) && isDigit(r.text[r.at]) {
		r.at++
	}
	return r.at - start
}
