package speckle_test

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
)

// echoes are what a careless server makes of a token, and where it says it.
var (
	echoes = map[string]func(string) string{
		"base64":             func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) },
		"base64 of a header": func(s string) string { return base64.RawURLEncoding.EncodeToString([]byte("Bearer " + s)) },
		"hex":                func(s string) string { return hex.EncodeToString([]byte(s)) },
		"reversed":           func(s string) string { r := []rune(s); slices.Reverse(r); return string(r) },
		"percent": func(s string) string {
			return "%" + fmt.Sprintf("% X", s)[0:2] + strings.ReplaceAll(fmt.Sprintf("% X", s)[2:], " ", "%")
		},
	}
	places = map[string]func(w http.ResponseWriter, text string){
		"a message": func(w http.ResponseWriter, text string) {
			answerJSON(w, 200, map[string]any{"data": nil, "errors": []any{map[string]any{"message": text}}})
		},
		"a path": func(w http.ResponseWriter, text string) {
			answerJSON(w, 200, map[string]any{"data": nil, "errors": []any{map[string]any{"message": "x", "path": []string{text}}}})
		},
		"an own error": func(w http.ResponseWriter, text string) { answerJSON(w, 400, map[string]any{"error": text}) },
		"beside data": func(w http.ResponseWriter, text string) {
			answerJSON(w, 200, map[string]any{"data": map[string]any{"a": 1}, "errors": []any{map[string]any{"message": text}}})
		},
		"a media type": func(w http.ResponseWriter, text string) {
			w.Header().Set("Content-Type", "text/x; y="+text)
			w.WriteHeader(200)
		},
	}
)

func answerJSON(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", jsonType)
	w.WriteHeader(status)
	text, _ := json.Marshal(body)
	_, _ = w.Write(text)
}

// TestNoHalfOfATokenOutlivesTheCut: a server says the token back, in each of
// its shapes, at every distance from where its words are cut.
func TestNoHalfOfATokenOutlivesTheCut(t *testing.T) {
	t.Parallel()
	for place, say := range places {
		for shape, echo := range echoes {
			coded := echo(token)
			for before := 300 - len(coded); before <= 300; before += 5 {
				got := read(t, t.Context(), job{query: "{ a }", base: directly(func(w http.ResponseWriter, _ *http.Request) {
					say(w, strings.Repeat("x", before)+" "+coded+strings.Repeat(" y", 200))
				})})
				if got.err == nil {
					t.Fatalf("%s: no error", place)
				}
				for at := 0; at+14 <= len(coded); at++ {
					if strings.Contains(fmt.Sprintf("%v %+v", got.err, got.err), coded[at:at+14]) {
						t.Fatalf("%s as %s, %d characters in: %v", place, shape, before, got.err)
					}
				}
			}
		}
	}
}

// TestAServersWordsObeyNobody: what a terminal would obey is gone from them.
func TestAServersWordsObeyNobody(t *testing.T) {
	t.Parallel()
	const nasty = "a\x1b[2Jb\ac\u009b31md\u202ee\u200bf\r\ng"
	for place, say := range places {
		if place == "a media type" {
			continue // net/http refuses such a header
		}
		got := read(t, t.Context(), job{query: "{ a }", base: directly(func(w http.ResponseWriter, _ *http.Request) { say(w, nasty) })})
		if got.err == nil || !strings.Contains(got.err.Error(), "a [2Jb c 31md e f g") {
			t.Errorf("%s: %q", place, got.err)
		}
	}
}

// TestAnAliasIsNamedWithItsField: a response key that only the query knows
// isn't told as if it were a field.
func TestAnAliasIsNamedWithItsField(t *testing.T) {
	t.Parallel()
	const query = `{ mine: activeUser { mail: email name } }`
	for body, want := range map[string]string{
		`{"data":null,"errors":[{"message":"no","path":["mine","mail"],"extensions":{"code":"FORBIDDEN"}}]}`:                         "mine (field activeUser).mail (field email): no",
		`{"data":{"mine":{"mail":null,"name":null}},"errors":[{"message":"no","path":["mine","mail"]},{"message":"no either"}]}`:     "no data came: mine (field activeUser).mail (field email): no (and 1 more error)",
		`{"data":{"mine":{"mail":null,"name":"A"}},"errors":[{"message":"no","path":["mine","mail"],"extensions":{"scope":"x:y"}}]}`: "the answer is partial: the token lacks the scope x:y, which mine (field activeUser).mail (field email) needs",
		`{"data":null,"errors":[{"message":"no","path":["mine","name"]},{"message":"b"},{"message":"c"}]}`:                           "mine (field activeUser).name: no (and 2 more errors)",
	} {
		got := read(t, t.Context(), job{query: query, base: directly(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", jsonType)
			_, _ = io.WriteString(w, body)
		})})
		if got.err == nil || !strings.HasPrefix(got.err.Error(), want) {
			t.Errorf("%s\n got %v\nwant %s", body, got.err, want)
		}
	}
}
