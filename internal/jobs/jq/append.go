package jq

import (
	"encoding/json"
	"fmt"
	"math"
	"math/big"
	"slices"
	"strconv"
	"sync"

	"github.com/go-json-experiment/json/jsontext"
)

// writer is what Append uses again from value to value: the names of the
// members of all objects that are being written, the outermost first.
type writer struct{ names []string }

var writers = sync.Pool{New: func() any { return new(writer) }}

// Append writes a value as compact JSON on one line: <, > and & as they are,
// numbers with the digits they came with, computed ones as jq prints them (NaN
// is null, an infinity the largest number, -0 is 0), keys sorted. Values are what Decode
// and Run give.
func Append(dst []byte, value any) ([]byte, error) { return AppendOrdered(dst, value, nil) }

// AppendOrdered is Append with an order for the members of an outermost object:
// those in keys first, in that order, then the others sorted. keys are distinct;
// those that the object hasn't are left out.
func AppendOrdered(dst []byte, value any, keys []string) ([]byte, error) {
	w, _ := writers.Get().(*writer)
	defer func() {
		clear(w.names[:cap(w.names)]) // or the pool holds the record's strings
		w.names = w.names[:0]
		writers.Put(w)
	}()
	var err error
	if members, is := value.(map[string]any); is && len(keys) > 0 {
		dst, err = w.object(dst, members, keys, 0)
	} else {
		dst, err = w.value(dst, value, 0)
	}
	if err != nil {
		return dst, fmt.Errorf("write JSON: %w", err)
	}
	return dst, nil
}

func (w *writer) value(dst []byte, value any, depth int) ([]byte, error) {
	switch v := value.(type) {
	case nil:
		return append(dst, "null"...), nil
	case bool:
		return strconv.AppendBool(dst, v), nil
	case int:
		return strconv.AppendInt(dst, int64(v), 10), nil
	case float64:
		return appendFloat(dst, v), nil
	case *big.Int:
		return v.Append(dst, 10), nil
	case json.Number:
		return append(dst, v...), nil
	case string:
		return appendString(dst, v), nil
	case []any:
		return w.list(dst, v, depth)
	case map[string]any:
		return w.object(dst, v, nil, depth)
	default:
		return dst, fmt.Errorf("a value of type %T", value)
	}
}

func (w *writer) list(dst []byte, items []any, depth int) ([]byte, error) {
	if depth >= maxDepth {
		return dst, errDeep
	}
	dst = append(dst, '[')
	for i, item := range items {
		if i > 0 {
			dst = append(dst, ',')
		}
		var err error
		if dst, err = w.value(dst, item, depth+1); err != nil {
			return dst, err
		}
	}
	return append(dst, ']'), nil
}

func (w *writer) object(dst []byte, members map[string]any, first []string, depth int) ([]byte, error) {
	if depth >= maxDepth {
		return dst, errDeep
	}
	start := len(w.names)
	for _, name := range first {
		if _, has := members[name]; has {
			w.names = append(w.names, name)
		}
	}
	if ordered := len(w.names); ordered-start < len(members) {
		for name := range members {
			if !slices.Contains(w.names[start:ordered], name) {
				w.names = append(w.names, name)
			}
		}
		slices.Sort(w.names[ordered:])
	}
	dst = append(dst, '{')
	for i := start; i < start+len(members); i++ {
		if i > start {
			dst = append(dst, ',')
		}
		name := w.names[i]
		dst = append(appendString(dst, name), ':')
		var err error
		if dst, err = w.value(dst, members[name], depth+1); err != nil {
			return dst, err
		}
	}
	w.names = w.names[:start]
	return append(dst, '}'), nil
}

// appendString quotes text. Most of it needs no look at single characters.
func appendString(dst []byte, text string) []byte {
	for i := range len(text) {
		if c := text[i]; c < ' ' || c == '"' || c == '\\' || c >= 0x7f {
			// An error means no UTF-8: what is written has U+FFFD there.
			dst, _ = jsontext.AppendQuote(dst, text)
			return dst
		}
	}
	dst = append(dst, '"')
	dst = append(dst, text...)
	return append(dst, '"')
}

// appendFloat writes a computed number as gojq does: 1e+21 and 1e-7, the
// shortest digits that read as the same number. Only a zero below zero, as of
// -0.3 | round, is a zero: nobody means it, and to compare it would be another.
func appendFloat(dst []byte, f float64) []byte {
	if math.IsNaN(f) {
		return append(dst, "null"...)
	}
	f = min(max(f, -math.MaxFloat64), math.MaxFloat64)
	if f == 0 {
		return append(dst, '0')
	}
	if x := math.Abs(f); x >= 1e-6 && x < 1e21 {
		return strconv.AppendFloat(dst, f, 'f', -1, 64)
	}
	dst = strconv.AppendFloat(dst, f, 'e', -1, 64)
	if n := len(dst); dst[n-4] == 'e' && dst[n-3] == '-' && dst[n-2] == '0' {
		dst = append(dst[:n-2], dst[n-1]) // e-09 is e-9
	}
	return dst
}
