package split

import (
	"bytes"
	"io"
	"slices"

	"github.com/go-json-experiment/json/jsontext"
)

// EachMember calls take with each member of a JSON object. Names are unquoted,
// values are the text's own bytes. It allows doubled names.
func EachMember(object []byte, take func(name string, value jsontext.Value)) error {
	dec := jsontext.NewDecoder(bytes.NewBuffer(object), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	first, err := dec.ReadToken()
	if err != nil {
		return err
	}
	if first.Kind() != '{' {
		return ErrDamaged
	}
	for dec.PeekKind() != '}' {
		name, err := dec.ReadToken()
		if err != nil {
			return err
		}
		key := name.String()
		value, err := dec.ReadValue()
		if err != nil {
			return err
		}
		take(key, bytes.Clone(value))
	}
	if _, err := dec.ReadToken(); err != nil {
		return err
	}
	if _, err := dec.ReadToken(); err != io.EOF { //nolint:errorlint // EOF itself only: a wrapped one is a cut
		return ErrDamaged
	}
	return nil
}

// Member gives one member of a JSON object, nil when it has none of the name.
func Member(object jsontext.Value, name string) jsontext.Value {
	var found jsontext.Value
	if object.Kind() == '{' {
		_ = EachMember(object, func(n string, v jsontext.Value) {
			if n == name {
				found = v
			}
		})
	}
	return found
}

// Twice gives the first of some names that an object has more than once, "" none.
// One that is empty is no name.
func Twice(object jsontext.Value, names ...string) (twice string) {
	if object.Kind() != '{' {
		return ""
	}
	seen := map[string]bool{}
	_ = EachMember(object, func(n string, _ jsontext.Value) {
		if twice == "" && seen[n] && n != "" && slices.Contains(names, n) {
			twice = n
		}
		seen[n] = true
	})
	return twice
}

// IDOf gives the id of a record that was scanned before; key is its quoted name.
func IDOf(record, key []byte) []byte {
	s := scanner{key: key}
	if _, v := s.scan(record, 0); v == bad || s.keyEnd == 0 {
		return nil
	}
	return record[s.keyStart:s.keyEnd]
}
