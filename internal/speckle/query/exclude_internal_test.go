package query

import (
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
)

func TestExclusion(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		field, declared, given string
		text, value            string // "": there is no way
	}{
		"no filter": {`models(limit: 5, cursor: $c)`, "", "", `models(filter: {excludeIds: $alreadyRead} limit: 5, cursor: $c)`,
			`["a","b"]`},
		"a filter": {`models(cursor: $c, filter: { search: "ü𝄞" })`, "", "", `filter: {excludeIds: $alreadyRead  search: "ü𝄞" }`,
			`["a","b"]`},
		"an empty one": {`models(cursor: $c, filter: {})`, "", "", `filter: {excludeIds: $alreadyRead }`, `["a","b"]`},
		"a variable": {`models(cursor: $c, filter: $f)`, ", $f: ProjectModelsFilter", `{"search":"x"}`, `filter: $f`,
			`{"excludeIds":["a","b"],"search":"x"}`},
		"that isn't set": {`models(cursor: $c, filter: $f)`, ", $f: ProjectModelsFilter", "", `filter: $f`, `{"excludeIds":["a","b"]}`},
		"that is null":   {`models(cursor: $c, filter: $f)`, ", $f: ProjectModelsFilter", "null", `filter: $f`, `{"excludeIds":["a","b"]}`},
		"with a default": {`models(cursor: $c, filter: $f)`, `, $f: ProjectModelsFilter = {search: "x", excludeIds: ["z"]}`, "", `filter: $f`,
			`{"excludeIds":["z","a","b"],"search":"x"}`},
		"with ids": {`models(cursor: $c, filter: $f)`, ", $f: ProjectModelsFilter", `{"excludeIds":[]}`, `filter: $f`,
			`{"excludeIds":["a","b"]}`},
		"ids alone":        {`models(cursor: $c, filter: {excludeIds: $f})`, ", $f: [String!]", `["z"]`, `excludeIds: $f`, `["z","a","b"]`},
		"no list":          {`models(cursor: $c, filter: {excludeIds: $f})`, ", $f: [String!]", `"z"`, `excludeIds: $f`, ``},
		"a name is taken":  {`models(cursor: $c, limit: $alreadyRead)`, ", $alreadyRead: Int!", "", `excludeIds: $alreadyRead_`, `["a","b"]`},
		"ids in the query": {`models(cursor: $c, filter: {excludeIds: ["z"]})`, "", "", "", ""},
		"used elsewhere": {`models(cursor: $c, filter: $f) { cursor items { id } } x: models(filter: $f)`, ", $f: ProjectModelsFilter", "", "",
			""},
		"another list":     {`versions(cursor: $c)`, "", "", "", ""},
		"lines of Windows": {"\r\nmodels(limit: 5, cursor: $c)", "", "", `models(filter: {excludeIds: $alreadyRead} limit: 5, cursor: $c)`, `["a","b"]`},
		"lines of Windows, and a filter": {"\r\nmodels(cursor: $c,\r\nfilter: {\r\nsearch: \"ü\" })", "", "",
			`filter: {excludeIds: $alreadyRead `, `["a","b"]`},
	} {
		text := `query Q($c: String` + c.declared + `) { project(id: "é𝄞") { ` + c.field + ` { totalCount cursor items { id } } } }`
		q, problems := Parse(text)
		if q == nil {
			t.Errorf("%s: %v", name, problems)
			continue
		}
		x := q.Exclusion()
		if x == nil || c.text == "" {
			if x != nil || c.text != "" {
				t.Errorf("%s: %+v", name, x)
			}
			continue
		}
		var given jsontext.Value
		if c.given != "" {
			given = jsontext.Value(c.given)
		}
		if !strings.Contains(x.Query.Text, c.text) || string(x.With(given, []byte(`"a","b",`))) != c.value {
			t.Errorf("%s: %s with %s", name, x.Query.Text, x.With(given, []byte(`"a","b",`)))
		}
		if q.Text != text {
			t.Errorf("%s: the query itself is changed", name)
		}
	}
}

// TestExclusionsAreInTheSchema holds the table of lists that can leave records
// out against the schema.
func TestExclusionsAreInTheSchema(t *testing.T) {
	t.Parallel()
	for field := range excluding {
		parent, name, _ := strings.Cut(field, ".")
		if typeFacts(parent)[name].Args["filter"] == "" {
			t.Errorf("%s takes no filter", field)
		}
	}
	for field := range otherWays {
		parent, name, _ := strings.Cut(field, ".")
		if _, known := typeFacts(parent)[name]; !known || excluding[field] != "" {
			t.Errorf("%s isn't known, or can leave records out itself", field)
		}
	}
}
