package speckle_test

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"speckle-runner/internal/speckle"
)

// asksForTypes reports whether a request is about the server's own schema.
func asksForTypes(r *http.Request) bool {
	body, err := io.ReadAll(r.Body)
	r.Body = io.NopCloser(bytes.NewReader(body))
	return err == nil && bytes.Contains(body, []byte("__type(name"))
}

const (
	introspectionOff = `{"errors":[{"message":"GraphQL introspection is not allowed by Apollo Server"}]}`
	allowedText      = ": there are nulls, which the schema of this server's version allows"
)

// types answers what is asked of the schema, and gives the rest to base.
func types(t *testing.T, asked *int, answer string, base http.RoundTripper) http.RoundTripper {
	t.Helper()
	return directly(func(w http.ResponseWriter, r *http.Request) {
		if asksForTypes(r) {
			*asked++
			saying(answer)(w, r)
			return
		}
		response, err := base.RoundTrip(r)
		if err != nil {
			t.Error(err)
			return
		}
		defer response.Body.Close()
		w.Header().Set("Content-Type", jsonType)
		_, _ = io.Copy(w, response.Body)
	})
}

// TestTheServersSchemaDecidesOnNulls: a server of another version may let be null what
// never is in the one that the runner knows. Then nothing is missing.
func TestTheServersSchemaDecidesOnNulls(t *testing.T) {
	const (
		object = `{ "kind": "OBJECT", "ofType": null }`
		never  = `{ "kind": "NON_NULL", "ofType": ` + object + `}`
		lists  = `{ "kind": "NON_NULL", "ofType": { "kind": "LIST", "ofType": ` + object + `}}`
		single = `{ project(id: "p") { id name models(limit: 3) { items { id } } } }`
		paged  = `query ($cursor: String) { project(id: "p") { name models(cursor: $cursor) { cursor items { id versions { totalCount items { id } } } } } }`
	)
	field := func(name, typ string) string {
		return `{"data":{"__type":{"fields":[{"name":"` + name + `","type":` + typ + `}]}}}`
	}
	nameless := `{"data":{"project":{"id":"p","name":null,"models":{"items":[]}}}}`
	page := func(name, cursor, versions string) string {
		return `{"data":{"project":{"name":` + name + `,"models":{"cursor":` + cursor + `,"items":[{"id":"` + strings.Trim(cursor, `"`) + `","versions":` + versions + `}]}}}}`
	}
	for name, c := range map[string]struct {
		query, says string
		answers     []string
		asked       int
		warning     string // "": it fails as if nobody had been asked
	}{
		"allowed":         {single, field("name", object), []string{nameless, nameless}, 1, "project.name"},
		"not allowed":     {single, field("name", never), []string{nameless}, 1, ""},
		"of others only":  {single, field("id", object), []string{nameless}, 1, ""},
		"no such type":    {single, `{"data":{"__type":null}}`, []string{nameless}, 1, ""},
		"nothing is said": {single, introspectionOff, []string{nameless}, 1, ""},
		"nonsense":        {single, `{"data":{"__type":{"fields":[{"name":"name","type":{}},{}]}}}`, []string{nameless}, 1, ""},
		"absent":          {single, field("name", object), []string{`{"data":{"project":{"id":"p","models":{"items":[]}}}}`}, 0, ""},
		"the root":        {single, field("project", object), []string{`{"data":{"project":null}}`}, 0, ""},
		"a mutation": {`mutation { projectMutations { create(input: {}) { id } } }`, field("create", object),
			[]string{`{"data":{"projectMutations":{"create":null}}}`}, 0, ""},
		"beside pages": {paged, field("name", object), []string{page("null", "null", `{"totalCount":0,"items":[]}`)}, 1, "project.name"},
		"in records, on the second page": {paged, field("versions", object),
			[]string{page(`"P"`, `"a"`, `{"totalCount":0,"items":[]}`), page(`"P"`, `"b"`, `null`), page(`"P"`, `"b"`, `null`), page(`"P"`, "null", `null`)},
			1, "project.models.items.versions"},
		"a list's elements": {paged, field("items", lists), []string{
			page(`"P"`, "null", `{"totalCount":0,"items":[null]}`), page(`"P"`, "null", `{"totalCount":0,"items":[null]}`)}, 1, "project.models.items.versions.items"},
	} {
		t.Run(name, func(t *testing.T) {
			asked := 0
			got := read(t, t.Context(), job{query: c.query, base: types(t, &asked, c.says, script(t, c.answers...))})
			failed, _ := errors.AsType[*speckle.Error](got.err)
			switch {
			case asked != c.asked:
				t.Errorf("the schema was asked for %d times", asked)
			case c.warning == "" && (failed == nil || failed.Kind != speckle.BadAnswer || len(got.records) > 0):
				t.Errorf("%d records, %v", len(got.records), got.err)
			case c.warning != "" && (got.err != nil || strings.Join(got.stats.Warnings, "|") != c.warning+allowedText):
				t.Errorf("warnings %q, %v", got.stats.Warnings, got.err)
			}
			if pages := map[string]bool{}; c.warning != "" && c.query == paged {
				for _, a := range c.answers {
					pages[a] = true
				}
				if len(got.records) != len(pages) {
					t.Errorf("%d records of %d pages: %q", len(got.records), len(pages), got.records)
				}
			}
		})
	}
}
