package fake

import (
	"bytes"
	"fmt"
	"net/http"
)

// answer is what goes back for one entry of a request.
type answer struct {
	status int
	body   []byte
}

const (
	jsonType = "application/json; charset=utf-8"
	htmlType = "text/html; charset=utf-8"
)

func send(w http.ResponseWriter, status int, contentType string, data []byte) {
	w.Header().Set("Content-Type", contentType)
	w.Header().Set("Content-Length", fmt.Sprint(len(data)))
	w.WriteHeader(status)
	_, _ = w.Write(data) //nolint:gosec // a fake server's JSON; a reader that left is no business of ours
}

// refusal is a 400 without data.
func refusal(problems ...graphError) answer {
	return answer{http.StatusBadRequest, encode(map[string]any{"errors": problems})}
}

// body puts errors before data, as Apollo does.
func body(problems []graphError, data []byte) []byte {
	var out bytes.Buffer
	out.WriteByte('{')
	if len(problems) > 0 {
		out.WriteString(`"errors":`)
		out.Write(encode(problems))
		out.WriteByte(',')
	}
	out.WriteString(`"data":`)
	out.Write(data)
	out.WriteString("}\n")
	return out.Bytes()
}

// plain turns \u0026, \u003c and \u003e, which Go's encoder writes and
// JavaScript's doesn't, back into their characters.
func plain(data []byte) []byte {
	if !bytes.Contains(data, []byte(`\u00`)) {
		return data
	}
	out := make([]byte, 0, len(data))
	for i := 0; i < len(data); i++ {
		if data[i] != '\\' || i+1 == len(data) {
			out = append(out, data[i])
			continue
		}
		if c, ok := escaped(data[i:]); ok {
			out = append(out, c)
			i += len(`\u0026`) - 1
			continue
		}
		out = append(out, data[i], data[i+1])
		i++
	}
	return out
}

func escaped(data []byte) (byte, bool) {
	for escape, c := range map[string]byte{`\u0026`: '&', `\u003c`: '<', `\u003e`: '>'} {
		if bytes.HasPrefix(data, []byte(escape)) {
			return c, true
		}
	}
	return 0, false
}
