package query

import (
	_ "embed"
	"encoding/json"
	"strings"
	"sync"
)

//go:generate go run ./generate ../fake/introspection.json.gz

//go:embed data/schema.json
var schemaJSON string

//go:embed data/pagination.json
var paginationJSON []byte

// openSource is the schema of Speckle's open source server.
var openSource = &table{text: schemaJSON}

// typeFacts gives the fields of a type, nil when the schema doesn't know it.
func typeFacts(name string) map[string]fieldFacts { return openSource.fields(name) }

// fieldType gives the named type of a field and whether it is a list; "" when
// the schema doesn't know it.
func fieldType(parent, field string) (name string, list bool) {
	if field == "__typename" {
		return "String", false
	}
	written := typeFacts(parent)[field].Type
	return strings.Trim(written, "[]!"), strings.Contains(written, "[")
}

// hasField reports whether a type has a field, as far as is known: a type that
// the schema doesn't know may have any.
func hasField(typ, field string) bool {
	facts := typeFacts(typ)
	_, has := facts[field]
	return has || facts == nil
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
	openSource.head("enums", &values)
	return values
})

// Largest pages where the server names no limit of its own. Object.children
// took 5,000 when it was tried (2.5.4); 1,000 keeps one answer near a MiB.
const (
	defaultPage  = 100
	childrenPage = 1000
)

// pageFacts is how a collection pages, as the open source server has it.
type pageFacts struct {
	Cursor  string `json:"cursor"`   // argument that takes the cursor, "" none
	Default int    `json:"default"`  // records without a limit, 0: all
	Max     int    `json:"max"`      // most in one page, 0: no limit was found
	OverMax string `json:"over_max"` // what more than Max ends with
}

// refused reports whether a larger page than Max is an error: elsewhere fewer
// come than were asked for.
func (f pageFacts) refused() bool { return strings.HasPrefix(f.OverMax, "ERROR") }

var paging = sync.OnceValue(func() map[string]pageFacts {
	var pages struct {
		Fields []struct {
			pageFacts

			Field string `json:"field"`
		} `json:"fields"`
	}
	if err := json.Unmarshal(paginationJSON, &pages); err != nil {
		panic("embedded data/pagination.json: " + err.Error())
	}
	facts := map[string]pageFacts{}
	for _, f := range pages.Fields {
		facts[f.Field] = f.pageFacts
	}
	return facts
})

// largestPage gives the most records that field gives in one page.
func largestPage(field string) int {
	if limit := paging()[field].Max; limit > 0 {
		return limit
	}
	if field == "Object.children" {
		return childrenPage
	}
	return defaultPage
}
