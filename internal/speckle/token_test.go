package speckle_test

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"speckle-runner/internal/secret"
	"speckle-runner/internal/speckle"
	"speckle-runner/internal/speckle/endpoint"
	"speckle-runner/internal/speckle/query"
)

// TestTokenStaysAtItsServer uses real connections: a redirect's target must
// see no request at all.
func TestTokenStaysAtItsServer(t *testing.T) {
	elsewhere := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		t.Errorf("the redirect's target was asked: %s %s", r.Method, r.URL)
	}))
	defer elsewhere.Close()
	for _, status := range []int{301, 302, 303, 307, 308} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if got := r.Header.Get("Authorization"); got != "Bearer "+token {
				t.Errorf("Authorization: %q", got)
			}
			if got := r.Header.Get("User-Agent"); got != "runner-test" {
				t.Errorf("User-Agent: %q", got)
			}
			http.Redirect(w, r, elsewhere.URL, status)
		}))
		got := read(t, t.Context(), job{server: server.URL, query: "{ a }"})
		if failed, _ := errors.AsType[*speckle.Error](got.err); failed == nil || failed.Kind != speckle.Redirected {
			t.Errorf("%d: %v", status, got.err)
		}
		server.Close()
	}
}

// TestTokensDontMix sends with two tokens through the same connections.
func TestTokensDontMix(t *testing.T) {
	var seen []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seen = append(seen, r.Header.Get("Authorization"))
		saying(`{"data":{"a":1}}`)(w, r)
	}))
	defer server.Close()
	s, err := endpoint.Parse(server.URL, false)
	if err != nil {
		t.Fatal(err)
	}
	q, _ := query.Parse("{ a }")
	shared := speckle.NewTransport()
	defer shared.CloseIdleConnections()
	one, other := token, strings.Repeat("ef", 21)
	for _, v := range []secret.Value{secret.New(one), secret.New(other), {}} {
		client := speckle.NewClient(speckle.Options{Server: s, Token: v, Base: shared})
		if _, err := client.Ask(t.Context(), q, nil); err != nil {
			t.Error(err)
		}
		client.Close()
	}
	if want := []string{"Bearer " + one, "Bearer " + other, ""}; strings.Join(seen, "|") != strings.Join(want, "|") {
		t.Error("a token was sent for another one")
	}
}

func TestOddTokenIsRefusedUnsent(t *testing.T) {
	s, err := endpoint.Parse("https://speckle.test", false)
	if err != nil {
		t.Fatal(err)
	}
	q, _ := query.Parse("{ a }")
	for _, text := range []string{token + "\n", token + " x", "tökén"} {
		client := speckle.NewClient(speckle.Options{Server: s, Token: secret.New(text), Base: directly(func(http.ResponseWriter, *http.Request) {
			t.Error("it was sent")
		})})
		_, err := client.Ask(t.Context(), q, nil)
		if failed, _ := errors.AsType[*speckle.Error](err); failed == nil || failed.Kind != speckle.TokenRefused ||
			strings.Contains(err.Error(), text) {
			t.Errorf("%v", err)
		}
	}
}

func TestRequestGoesOutAsWritten(t *testing.T) {
	const query = "query Q($n: BigInt, $s: String) {\n  # größer & <kleiner>\n  a(n: $n, s: $s)\n}\n"
	var body string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		text, _ := io.ReadAll(r.Body)
		body = string(text)
		if r.Method != "POST" || r.URL.Path != "/graphql" || !strings.HasPrefix(r.Header.Get("Content-Type"), "application/json") {
			t.Errorf("%s %s %s", r.Method, r.URL, r.Header.Get("Content-Type"))
		}
		saying(`{"data":{"a":1}}`)(w, r)
	}))
	defer server.Close()
	got := read(t, t.Context(), job{server: server.URL, query: query,
		variables: map[string]string{"n": "12345678901234567890.10", "s": `"a<b>&c é"`}})
	if got.err != nil {
		t.Fatal(got.err)
	}
	var sent struct {
		Query     string
		Variables map[string]json.RawMessage
	}
	decode(t, body, &sent)
	if sent.Query != query || string(sent.Variables["n"]) != "12345678901234567890.10" {
		t.Errorf("%+v", sent)
	}
	var text string
	decode(t, string(sent.Variables["s"]), &text)
	if text != "a<b>&c é" {
		t.Errorf("%q", text)
	}
}

func TestServerVersion(t *testing.T) {
	s, err := endpoint.Parse("https://speckle.test", false)
	if err != nil {
		t.Fatal(err)
	}
	client := speckle.NewClient(speckle.Options{Server: s, Base: directly(saying(`{"data":{"serverInfo":{"version":"2.5.4"}}}`))})
	if version, err := client.ServerVersion(t.Context()); err != nil || version != "2.5.4" {
		t.Errorf("%q %v", version, err)
	}
}
