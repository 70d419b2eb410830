package speckle_test

import (
	"net/http"
	"strings"
	"testing"
	"testing/synctest"

	"speckle-runner/internal/speckle"
)

// TestBrokenCharacters reads what a server makes of a text that it cut inside
// a character: everything comes, with U+FFFD, and it is told.
func TestBrokenCharacters(t *testing.T) {
	const bare = `query { project(id: "p") { name } }`
	for name, c := range map[string]struct {
		query, answer, want, warning string
	}{
		"one": {pagedQuery, pageOf(2, "null", `{"id":"a"}`, `{"id":"b","name":"cut \ud83d"}`), `{"id":"a"}{"id":"b","name":"cut \ufffd"}`,
			"project.models: 1 broken character is written as U+FFFD, in record 2 of page 1: the server sent text that was cut inside a " +
				"character, or isn't UTF-8"},
		"several": {pagedQuery, pageOf(2, "null", `{"id":"\uDE00","name":"\uD83D\uDE00"}`,
			"{\"id\":\"b\xff\", \"\xe4\xb8\":[\"\\ud83d\\ud83d\"]}"),
			`{"id":"\ufffd","name":"\uD83D\uDE00"}{"id":"b�","��":["\ufffd\ufffd"]}`,
			"6 broken characters are written as U+FFFD, the first in record 1 of page 1"},
		"not paged": {bare, `{"data":{"project":{"name":"cut \ud83d"}}}`, `{"project":{"name":"cut \ufffd"}}`,
			"1 broken character is written as U+FFFD, in the answer"},
		"beside": {pagedQuery, strings.Replace(pageOf(1, "null", `{"id":"a"}`), `"models"`, `"name":"`+"\xff"+`","models"`, 1), `{"id":"a"}`,
			"in the data beside the records"},
		"whole": {pagedQuery, pageOf(1, "null", `{"id":"\\ud83d\ufffd"}`), `{"id":"\\ud83d\ufffd"}`, ""},
	} {
		t.Run(name, func(t *testing.T) {
			got := read(t, t.Context(), job{query: c.query, base: directly(saying(c.answer)), request: speckle.Request{Complete: true}})
			warnings := strings.Join(got.stats.Warnings, "\n")
			if got.err != nil || strings.Join(got.records, "") != c.want || !strings.Contains(warnings, c.warning) ||
				c.warning == "" && warnings != "" {
				t.Errorf("%s\n%s\n%v", got.records, warnings, got.err)
			}
		})
	}
}

// TestBrokenCharactersReadAgain counts those of the page that stands, not those
// of one that broke off.
func TestBrokenCharactersReadAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		row := `{"id":"a","name":"\ud83d"}`
		got := read(t, t.Context(), job{query: pagedQuery, base: retryFirst(`{"data":{"project":{"models":{"items":[`+row+`,`,
			pageOf(1, "null", row))})
		if w := strings.Join(got.stats.Warnings, ""); got.err != nil || !strings.Contains(w, "project.models: 1 broken character ") {
			t.Errorf("%s %v", w, got.err)
		}
	})
}

// TestBrokenCharactersInARefusal keeps a server's words where its text isn't whole.
func TestBrokenCharactersInARefusal(t *testing.T) {
	got := read(t, t.Context(), job{query: pagedQuery, base: directly(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", jsonType)
		w.WriteHeader(http.StatusBadRequest)
		_, _ = w.Write([]byte(`{"error":"no \ud83d here"}`))
	})})
	if got.err == nil || !strings.Contains(got.err.Error(), "no \ufffd here") {
		t.Error(got.err)
	}
}
