package preview

import (
	"errors"
	"io"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// lax takes what any program wrote: this room shows files, and judges none.
var lax = []jsontext.Options{jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true)}

// Records makes a table of records in JSON, one each.
func Records(records []string) Table {
	var t Table
	r := reader{Bounds: Bounds{Columns: columns}, take: t.taker(len(records))}
	for _, record := range records {
		_ = r.lines(strings.NewReader(record)) // what can be read of it is shown
	}
	return t.Shown()
}

// lines reads a record a line.
func (r *reader) lines(in io.Reader) error {
	for dec := jsontext.NewDecoder(in, lax...); ; {
		if more, err := r.record(dec); err != nil || !more {
			return ended(err)
		}
	}
}

// json reads the records of a list, or one record with a row for each key.
func (r *reader) json(in io.Reader) error {
	dec := jsontext.NewDecoder(in, lax...)
	switch dec.PeekKind() {
	case '[':
		if _, err := dec.ReadToken(); err != nil {
			return err
		}
		for dec.PeekKind() != ']' {
			if more, err := r.record(dec); err != nil || !more {
				return whole(err)
			}
		}
		_, err := dec.ReadToken()
		return whole(err)
	case '{':
		return r.keys(dec)
	}
	_, err := r.record(dec)
	return ended(err)
}

// whole makes an end inside of a list no good one.
func whole(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// keys shows one record with a row for each of its keys.
func (r *reader) keys(dec *jsontext.Decoder) error {
	if _, err := dec.ReadToken(); err != nil {
		return err
	}
	for dec.PeekKind() != '}' {
		key, err := dec.ReadToken()
		if err != nil {
			return whole(err)
		}
		name := key.String()
		value, err := dec.ReadValue()
		if err != nil {
			return whole(err)
		}
		if !r.take([]string{"key", "value"}, []Cell{textOf(name), plain(value)}) {
			return nil
		}
	}
	return nil
}

// record reads one record; a key that none before it had is another column.
func (r *reader) record(dec *jsontext.Decoder) (more bool, err error) {
	row := make([]Cell, len(r.columns), len(r.columns)+4)
	put := func(at int, name string, value jsontext.Value) {
		if at >= len(r.columns) || r.columns[at] != name { // mostly keys come in one order
			if at = slices.Index(r.columns, name); at < 0 {
				if len(r.columns) >= r.Columns {
					return
				}
				at = len(r.columns)
				r.columns, row = append(r.columns, name), append(row, Cell{})
			}
		}
		row[at] = plain(value)
	}
	if dec.PeekKind() != '{' {
		value, err := dec.ReadValue()
		if err != nil {
			return false, err
		}
		put(0, "value", value)
		return r.take(r.columns, row), nil
	}
	if _, err := dec.ReadToken(); err != nil {
		return false, err
	}
	for at := 0; dec.PeekKind() != '}'; at++ {
		key, err := dec.ReadToken()
		if err != nil {
			return false, whole(err)
		}
		name := key.String()
		value, err := dec.ReadValue()
		if err != nil {
			return false, whole(err)
		}
		put(at, name, value)
	}
	if _, err := dec.ReadToken(); err != nil {
		return false, whole(err)
	}
	return r.take(r.columns, row), nil
}

// plain shows a value: a text without its quotes.
func plain(value jsontext.Value) Cell {
	switch value.Kind() {
	case 'n':
		return Cell{}
	case '"':
		if text, err := jsontext.AppendUnquote(nil, value); err == nil {
			return typedText(string(text))
		}
	case '{', '[':
		value = value.Clone()
		if err := value.Compact(lax...); err != nil {
			return Cell{}
		}
	}
	return textOf(string(value))
}
