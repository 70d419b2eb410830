package query_test

import (
	"fmt"
	"strings"
	"testing"

	"speckle-runner/internal/speckle/query"
)

// TestConditions holds everything that completeness hangs on to stand in
// every answer, whatever the variables and the types are.
func TestConditions(t *testing.T) {
	t.Parallel()
	const head = "query ($x: Boolean!, $p: String!, $cursor: String, $limit: Int!) {\n"
	models := func(inside string) string {
		return head + "project(id: $p) {\nmodels(limit: $limit, cursor: $cursor) {\n" + inside + "\n} } }"
	}
	for name, c := range map[string]struct{ query, want string }{
		"id": {models("totalCount cursor items { id @include(if: $x) name }"),
			"4:31 @include may leave out id of the records of models"},
		"id, in a part": {models("totalCount cursor items { name } items { ... @skip(if: $x) { id } }"),
			"4:47 @skip may leave out id of the records of models"},
		"id, typed": {models("totalCount cursor items { name ... on Version { id } }"),
			"a fragment on Version may leave out id of the records of models"},
		"totalCount": {models("totalCount @skip(if: $x) cursor items { id }"), "4:13 @skip may leave out totalCount of models"},
		"cursor":     {models("totalCount cursor @include(if: $x) items { id }"), "@include may leave out cursor of models"},
		"cursor, typed": {models("totalCount ... on VersionCollection { cursor } items { id }"),
			"a fragment on VersionCollection may leave out cursor of models"},
		"items": {models("totalCount cursor items @include(if: $x) { id }"), "@include may leave out items of models"},
		"any directive": {models("totalCount cursor items @stream { id a: __typename @include(if: $x) }"),
			"@stream may leave out items of models"},
		"time": {models("totalCount cursor items { id updatedAt @include(if: $x) }"),
			"@include may leave out updatedAt of the records of models"},
		"collection": {strings.Replace(models("totalCount cursor items { id }"), ") {\ntotal", ") @include(if: $x) {\ntotal", 1),
			"@include may leave out project.models, which holds the records"},
		"what holds it": {strings.Replace(models("totalCount cursor items { id }"), "$p) {", "$p) @include(if: $x) {", 1),
			"@include may leave out project, which holds the records"},
		"named": {models("... F @include(if: $x)") + " fragment F on ModelCollection { totalCount cursor items { id } }",
			"@include may leave out cursor of models"},
		"named elsewhere": {models("cursor items { id } ... F") + " fragment F on VersionCollection { totalCount @include(if: $x) }",
			"@include may leave out totalCount of models"},
		"nested": {models("totalCount cursor items { id versions(limit: 5) { totalCount @include(if: $x) items { id } } }"),
			"@include may leave out totalCount of versions"},
		"not paged": {"query ($x: Boolean!) { project(id: \"p\") { models { totalCount @include(if: $x) items { id } } } }",
			"@include may leave out totalCount of models"},

		"another field":      {models("totalCount cursor items { id name @include(if: $x) }"), ""},
		"the same, for sure": {models("totalCount cursor items { id @include(if: $x) id }"), ""},
		"another key":        {models("totalCount cursor items { a: id @include(if: $x) id }"), ""},
		"a plain fragment": {models("... { totalCount cursor ... on ModelCollection { items { ... F } } }") +
			" fragment F on Model { id updatedAt @skip(if: $x) updatedAt }", ""},
		"a constant": {models("totalCount @include(if: true) cursor ... @skip(if: false) { items { id } }"), ""},
		"never": {models("totalCount cursor items { id @include(if: false) }"),
			"@include may leave out id of the records of models"},
		"a whole nested list": {models("totalCount cursor items { id versions(limit: 5) @include(if: $x) { totalCount items { id } } }"), ""},
		"an unknown type": {head +
			"q { things(limit: $limit, cursor: $cursor) { cursor totalCount items { ... on Thing { id } } } } p(a: $x, b: $p) }", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			text := c.query
			if !strings.Contains(text[len(head):], "$x") {
				text = strings.Replace(text, "$x: Boolean!, ", "", 1)
			}
			q, problems := query.Parse(text)
			if c.want == "" {
				if q == nil {
					t.Error(problems)
				}
				return
			}
			if len(problems) == 0 {
				t.Fatal("it passes")
			}
			got := fmt.Sprintf("%d:%d %s", problems[0].Line, problems[0].Col, problems[0].Message)
			if !strings.Contains(got, c.want) || problems[0].Hint == "" {
				t.Errorf("got %s (%s)\nwant %s", got, problems[0].Hint, c.want)
			}
		})
	}
}
