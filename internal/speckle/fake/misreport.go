package fake

import (
	"bytes"
	"cmp"
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
)

var null = []byte("null")

// trouble gives the answer of a fault that stands for the whole execution.
func (c *call) trouble() (answer, bool) {
	if h := c.hit(ErrorCode); h != nil {
		status := cmp.Or(h.Status, http.StatusBadGateway)
		problem := c.injected(cmp.Or(h.Code, "DATABASE_ERROR"), status, "The server is in trouble: "+http.StatusText(status))
		if problem.Extensions["code"] == "SSO_SESSION_MISSING_OR_EXPIRED_ERROR" {
			problem.Extensions["workspaceSlug"] = WorkspaceSlug
		}
		return answer{http.StatusOK, body([]graphError{problem}, null)}, true
	}
	if c.hit(InternalError) != nil {
		problem := c.injected("INTERNAL_SERVER_ERROR", 0, "select \"id\" from \"branches\" - connect ECONNREFUSED 127.0.0.1:5432")
		return answer{http.StatusOK, body([]graphError{problem}, null)}, true
	}
	if c.hit(DataNull) != nil {
		return answer{http.StatusOK, body(nil, null)}, true
	}
	return answer{}, false
}

// injected makes an error at the root field of a call.
func (c *call) injected(code string, status int, message string) graphError {
	p := newGraphError(code, message)
	if status != 0 {
		p.Extensions["statusCode"] = status
	}
	if c.op == nil {
		return p
	}
	if fields := fieldsOf(c.op.ast.SelectionSet); len(fields) > 0 && !c.op.recorded {
		p.Path = []any{fields[0].Alias}
		p.Locations = c.op.places[fields[0].Alias]
	}
	return p
}

// misreport changes what the data says of the list that is read.
func (c *call) misreport(data []byte) []byte {
	list := c.op.collection
	if list == nil || len(c.hits) == 0 {
		return data
	}
	put := func(key string, value []byte) {
		if key != "" {
			data = splice(data, append(slices.Clip(list.path), key), value)
		}
	}
	if from, to, ok := find(data, append(slices.Clip(list.path), list.total)); ok && c.hit(Late) != nil {
		if n, err := strconv.Atoi(string(data[from:to])); err == nil && n > 0 {
			put(list.total, []byte(strconv.Itoa(n-1)))
		}
	}
	if h := c.hit(WrongTotal); h != nil {
		put(list.total, []byte(strconv.Itoa(h.Rows)))
	}
	if c.hit(NullTotal) != nil {
		put(list.total, null)
	}
	if c.hit(EmptyPage) != nil {
		put(list.items, []byte("[]"))
	}
	if c.hit(NullItems) != nil {
		put(list.items, null)
	}
	if c.hit(EarlyEnd) != nil {
		put(list.cursor, null)
	}
	if c.hit(RepeatCursor) != nil && c.cursor != "" {
		put(list.cursor, encode(c.cursor))
	}
	if c.hit(NullCollection) != nil {
		data = splice(data, list.path, null)
	}
	return data
}

// splice puts a value in the place of the one at path, all else byte for byte
// as it was. Without a value there, nothing changes.
func splice(data []byte, path []string, value []byte) []byte {
	from, to, ok := find(data, path)
	if !ok {
		return data
	}
	return bytes.Join([][]byte{data[:from], value, data[to:]}, nil)
}

// find gives where the value at path begins and ends.
func find(data []byte, path []string) (from, to int, ok bool) {
	d := json.NewDecoder(bytes.NewReader(data))
	for _, key := range path {
		if token, err := d.Token(); err != nil || token != json.Delim('{') {
			return 0, 0, false
		}
		if !seek(d, key) {
			return 0, 0, false
		}
	}
	var value json.RawMessage
	if d.Decode(&value) != nil {
		return 0, 0, false
	}
	to = int(d.InputOffset())
	return to - len(value), to, true
}

// seek reads an object up to the value of key.
func seek(d *json.Decoder, key string) bool {
	for d.More() {
		token, err := d.Token()
		if err != nil {
			return false
		}
		if token == key {
			return true
		}
		var skipped json.RawMessage
		if d.Decode(&skipped) != nil {
			return false
		}
	}
	return false
}
