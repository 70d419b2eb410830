package speckle_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"speckle-runner/internal/speckle"
)

// TestRecordsWithoutID answers every reading with the same rows and counts more
// of them: rows that nobody can tell apart mustn't fill up the number.
func TestRecordsWithoutID(t *testing.T) {
	for name, row := range map[string]string{
		"none": `{"name":"a"}`, "null": `{"id":null}`, "empty": `{"id":""}`, "flag": `{"id":true}`, "object": `{"id":{"a":1}}`,
		"list": `{"id":["a"]}`,
	} {
		t.Run(name, func(t *testing.T) {
			asked := 0
			base := directly(func(w http.ResponseWriter, r *http.Request) {
				asked++
				saying(pageOf(6, "null", row, row, `{"id":"x"}`))(w, r)
			})
			got := read(t, t.Context(), job{query: pagedQuery, base: base, request: speckle.Request{Complete: true}})
			if got.err != nil || len(got.records) != 3 || asked != 1 {
				t.Fatalf("%d records by %d requests: %v", len(got.records), asked, got.err)
			}
			if got.stats.Short == nil || !strings.Contains(got.stats.Short.Error(),
				"collected 3 of 6 models (records came without an id, so it isn't read again") {
				t.Errorf("%v", got.stats.Short)
			}
			if w := fmt.Sprint(got.stats.Warnings); !strings.Contains(w, "project.models: 2 records came without an id") {
				t.Error(w)
			}
		})
	}
}

// TestIDGoneWhenReadAgain loses the ids in the second reading only.
func TestIDGoneWhenReadAgain(t *testing.T) {
	asked := 0
	base := directly(func(w http.ResponseWriter, r *http.Request) {
		if asked++; asked == 1 {
			saying(pageOf(4, "null", `{"id":1}`, `{"id":2}`))(w, r)
			return
		}
		saying(pageOf(4, "null", `{"id":""}`, `{"id":null}`, `{"id":3}`))(w, r)
	})
	got := read(t, t.Context(), job{query: pagedQuery, base: base, request: speckle.Request{Complete: true}})
	if got.err != nil || strings.Join(got.records, "") != `{"id":1}{"id":2}{"id":3}` || got.stats.Short == nil {
		t.Errorf("%v %v %v", got.records, got.stats.Short, got.err)
	}
}

// TestRecordsThatAreNoObjects: what has no fields at all isn't what the query asks for.
func TestRecordsThatAreNoObjects(t *testing.T) {
	for row, is := range map[string]string{`"a"`: "a text", `1`: "a number", `true`: "true or false", `[{"id":"a"}]`: "a list"} {
		base := directly(saying(pageOf(2, "null", `{"id":"x"}`, row)))
		got := read(t, t.Context(), job{query: pagedQuery, base: base, request: speckle.Request{Complete: true}})
		want := "project.models: a record is " + is + ", where the query asks for fields of an object"
		if got.err == nil || !strings.Contains(got.err.Error(), want) {
			t.Errorf("%s: %v", row, got.err)
		}
	}
	// A list that is asked for no fields may be of anything.
	const plain = `query($c:String){project(id:"p"){models(limit:2,cursor:$c){totalCount cursor items}}}`
	got := read(t, t.Context(), job{query: plain, base: directly(saying(pageOf(2, "null", `"a"`, `1`)))})
	if got.err != nil || strings.Join(got.records, "") != `"a"1` || len(got.stats.Warnings) > 0 {
		t.Errorf("%v %v %v", got.records, got.stats.Warnings, got.err)
	}
}
