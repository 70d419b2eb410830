package speckle

import (
	_ "embed"
	"encoding/json"
	"strings"
	"sync"
)

//go:embed data/fields.json
var fieldsJSON []byte

//go:embed data/pages.json
var pagesJSON []byte

// facts are read from the open source schema; the hosted server knows more, so
// an absent type or field is unknown, never wrong.
type facts struct {
	Types    map[string]map[string]string // type → field → GraphQL type
	MaxLimit map[string]int               // "Project.models" → largest page; 0: no limit known
}

var loadFacts = sync.OnceValue(func() facts {
	var f facts
	var fields struct {
		Types map[string]map[string]string `json:"types"`
	}
	var pages struct {
		MaxLimit map[string]int `json:"max_limit"`
	}
	if err := json.Unmarshal(fieldsJSON, &fields); err != nil {
		panic("embedded data/fields.json: " + err.Error())
	}
	if err := json.Unmarshal(pagesJSON, &pages); err != nil {
		panic("embedded data/pages.json: " + err.Error())
	}
	f.Types, f.MaxLimit = fields.Types, pages.MaxLimit
	return f
})

// rootTypes are the names that Speckle's schema gives its roots.
var rootTypes = map[string]string{"query": "Query", "mutation": "Mutation"}

// fieldType gives the named type of a field and whether it is a list; "" when
// the schema doesn't know it.
func fieldType(parent, field string) (name string, list bool) {
	if field == "__typename" {
		return "String", false
	}
	written := loadFacts().Types[parent][field]
	return strings.Trim(written, "[]!"), strings.Contains(written, "[")
}

// Largest pages where the server names no limit of its own. Object.children
// took 5,000 when it was tried (2.5.4); 1,000 keeps one answer near a MiB.
const (
	defaultPage  = 100
	childrenPage = 1000
)

// largestPage gives the most records that field gives in one page.
func largestPage(field string) int {
	if limit := loadFacts().MaxLimit[field]; limit > 0 {
		return limit
	}
	if field == "Object.children" {
		return childrenPage
	}
	return defaultPage
}
