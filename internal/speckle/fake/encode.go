package fake

import (
	"bytes"
	"encoding/json"
	"slices"
)

// encode writes JSON as JavaScript does: & and < stay themselves.
func encode(v any) []byte {
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	_ = e.Encode(v) // maps and strings always encode
	return bytes.TrimRight(out.Bytes(), "\n")
}

// ordered is a JSON object whose keys keep their order.
type ordered []entry

type entry struct {
	key   string
	value any
}

func (o ordered) has(key string) bool {
	return slices.ContainsFunc(o, func(e entry) bool { return e.key == key })
}

// MarshalJSON writes the entries as they stand.
func (o ordered) MarshalJSON() ([]byte, error) {
	var out bytes.Buffer
	out.WriteByte('{')
	for i, e := range o {
		if i > 0 {
			out.WriteByte(',')
		}
		out.Write(encode(e.key))
		out.WriteByte(':')
		out.Write(encode(e.value))
	}
	out.WriteByte('}')
	return out.Bytes(), nil
}
