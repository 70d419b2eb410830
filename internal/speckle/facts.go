package speckle

import (
	_ "embed"
	"encoding/json"
	"strings"
	"sync"
)

//go:embed data/schema.json
var schemaJSON string

//go:embed data/pagination.json
var paginationJSON []byte

// fieldFacts is what the open source schema says of one field. The hosted
// server knows more fields, so an absent one is unknown, never wrong.
type fieldFacts struct {
	Type   string            `json:"type"` // as written, "[Model!]!"
	Args   map[string]string `json:"args"`
	Scopes []string          `json:"scopes"`
}

// typeLines gives each type's line of data/schema.json. The file is JSON with
// one type a line, so that a query decodes the few types that it touches: all
// of them would take longer than the rest of a process start.
var typeLines = sync.OnceValue(func() map[string]string {
	lines := map[string]string{}
	_, types, _ := strings.Cut(schemaJSON, "\"types\":{\n")
	for line := range strings.Lines(types) {
		name, fields, found := strings.Cut(strings.TrimRight(line, ",\n"), ":")
		if found {
			lines[strings.Trim(name, `"`)] = fields
		}
	}
	return lines
})

var decodedTypes sync.Map // type name → map[string]fieldFacts

// typeFacts gives the fields of a type, nil when the schema doesn't know it.
func typeFacts(name string) map[string]fieldFacts {
	if known, ok := decodedTypes.Load(name); ok {
		return known.(map[string]fieldFacts)
	}
	line, ok := typeLines()[name]
	if !ok {
		return nil
	}
	var fields map[string]fieldFacts
	if err := json.Unmarshal([]byte(line), &fields); err != nil {
		panic("embedded data/schema.json: " + name + ": " + err.Error())
	}
	decodedTypes.Store(name, fields)
	return fields
}

// rootTypes are the names that Speckle's schema gives its roots.
var rootTypes = map[string]string{"query": "Query", "mutation": "Mutation"}

// fieldType gives the named type of a field and whether it is a list; "" when
// the schema doesn't know it.
func fieldType(parent, field string) (name string, list bool) {
	if field == "__typename" {
		return "String", false
	}
	written := typeFacts(parent)[field].Type
	return strings.Trim(written, "[]!"), strings.Contains(written, "[")
}

// scalars are the schema's scalar types.
var scalars = map[string]bool{
	"BigInt": true, "Boolean": true, "DateTime": true, "Float": true, "ID": true, "Int": true, freeJSON: true, "String": true,
}

// freeJSON is the scalar that holds any object: its paths are known from the
// data only.
const freeJSON = "JSONObject"

// scalarOf gives the scalar that a value of the named type is written as: an
// enum is a string.
func scalarOf(name string) string {
	if scalars[name] {
		return name
	}
	if _, enum := enums()[name]; enum {
		return "String"
	}
	return ""
}

var enums = sync.OnceValue(func() map[string]json.RawMessage {
	values := map[string]json.RawMessage{}
	for line := range strings.Lines(schemaJSON) {
		text, found := strings.CutPrefix(line, `"enums":`)
		if !found {
			continue
		}
		if err := json.Unmarshal([]byte(strings.TrimRight(text, ",\n")), &values); err != nil {
			panic("embedded data/schema.json: enums: " + err.Error())
		}
		break
	}
	return values
})

// Largest pages where the server names no limit of its own. Object.children
// took 5,000 when it was tried (2.5.4); 1,000 keeps one answer near a MiB.
const (
	defaultPage  = 100
	childrenPage = 1000
)

var maxLimits = sync.OnceValue(func() map[string]int {
	var pages struct {
		Fields []struct {
			Field string `json:"field"`
			Max   int    `json:"max"`
		} `json:"fields"`
	}
	if err := json.Unmarshal(paginationJSON, &pages); err != nil {
		panic("embedded data/pagination.json: " + err.Error())
	}
	limits := map[string]int{}
	for _, f := range pages.Fields {
		limits[f.Field] = f.Max
	}
	return limits
})

// largestPage gives the most records that field gives in one page.
func largestPage(field string) int {
	if limit := maxLimits()[field]; limit > 0 {
		return limit
	}
	if field == "Object.children" {
		return childrenPage
	}
	return defaultPage
}
