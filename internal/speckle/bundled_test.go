package speckle_test

import (
	"errors"
	"strings"
	"testing"

	"speckle-runner/internal/speckle"
)

// TestQueryOfABundleNamesElements: who asks for the objects of a version that
// is a bundle learns how its data is read.
func TestQueryOfABundleNamesElements(t *testing.T) {
	const (
		paged   = `query Q($p: String!, $o: String!, $cursor: String) { project(id: $p) { object(id: $o) { children(limit: 100, cursor: $cursor) { totalCount cursor objects { id data } } } } }`
		whole   = `query Q($p: String!, $o: String!) { project(id: $p) { root: object(id: $o) { data } } }`
		literal = `{ project(id: "p") { object(id: "bundle.p.m.v") { children(limit: 5) { objects { id } } } } }`
		null    = `{"data":{"project":{"object":null,"root":null}}}`
		coded   = `{"data":null,"errors":[{"message":"Bundle","path":["project","object"],"extensions":{"code":"BUNDLE_REFERENCE_NOT_FOUND","statusCode":404}}]}`
	)
	bundle := map[string]string{"p": `"p"`, "o": `"bundle.p.m.v"`}
	for name, c := range map[string]struct {
		query, answer string
		variables     map[string]string
		hinted        bool
	}{
		"pages":        {paged, null, bundle, true},
		"one answer":   {whole, null, bundle, true},
		"in the text":  {literal, null, nil, true},
		"by its code":  {whole, coded, bundle, true},
		"not a bundle": {paged, null, map[string]string{"p": `"p"`, "o": `"0123456789abcdef0123456789abcdef"`}, false},
	} {
		t.Run(name, func(t *testing.T) {
			got := read(t, t.Context(), job{query: c.query, variables: c.variables, base: directly(saying(c.answer))})
			failed, ok := errors.AsType[*speckle.Error](got.err)
			if !ok {
				t.Fatal(got.err)
			}
			if hinted := strings.Contains(failed.Hint, "elements:"); hinted != c.hinted ||
				c.hinted && (failed.Kind != speckle.NotFound || failed.Retryable()) {
				t.Errorf("%s: %v", failed.Kind, failed)
			}
		})
	}
}
