package speckle_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"speckle-runner/internal/secret"
	"speckle-runner/internal/speckle"
)

// TestBadAnswers holds every answer that the bare GraphQL library takes for a
// success, or tells badly.
func TestBadAnswers(t *testing.T) {
	const jsonType = "application/json; charset=utf-8"
	for name, c := range map[string]struct {
		status      int
		media, body string
		kind        speckle.Kind
		text        string
		tries       int
	}{
		"500 without errors":    {500, jsonType, `{"message":"boom"}`, speckle.ServerFault, "HTTP 500", 5},
		"500 with data":         {500, jsonType, `{"data":{"a":2}}`, speckle.ServerFault, "HTTP 500", 5},
		"500 data and errors":   {500, jsonType, `{"data":{"a":2},"errors":[{"message":"x"}]}`, speckle.ServerFault, "HTTP 500: x", 5},
		"500 error string":      {500, jsonType, `{"error":"Unknown Auth context error"}`, speckle.ServerFault, "Unknown Auth context error", 5},
		"429 in a resolver":     {429, jsonType, `{"errors":[{"message":"x","extensions":{"code":"RATE_LIMIT_ERROR"}}],"data":null}`, speckle.RateLimited, "rate limiting", 5},
		"502 HTML":              {502, "text/html", "<html>bad gateway", speckle.ServerFault, "HTTP 502", 5},
		"503 empty":             {503, "", "", speckle.ServerFault, "HTTP 503", 5},
		"200 HTML":              {200, "text/html", "<html>log in", speckle.NotSpeckle, "the answer is text/html, not JSON", 1},
		"200 no type":           {200, "", `{"data":{"a":1}}`, speckle.NotSpeckle, "of no known type", 1},
		"200 empty":             {200, jsonType, "", speckle.BadAnswer, "the answer is empty", 1},
		"204":                   {204, "", "", speckle.NotSpeckle, "", 1},
		"data null":             {200, jsonType, `{"data":null}`, speckle.BadAnswer, "neither data nor errors", 1},
		"no data":               {200, jsonType, `{}`, speckle.BadAnswer, "neither data nor errors", 1},
		"cut":                   {200, jsonType, `{"data":{"a":`, speckle.BadAnswer, "breaks off or is damaged", 1},
		"garbage behind":        {200, jsonType, `{"data":{"a":1}} x`, speckle.BadAnswer, "goes on after its end", 1},
		"second answer":         {200, jsonType, `{"data":{"a":1}}{"data":{"a":1}}`, speckle.BadAnswer, "goes on after its end", 1},
		"not an object":         {200, jsonType, `[1]`, speckle.BadAnswer, "isn't whole JSON", 1},
		"error string in 200":   {200, jsonType, `{"error":"no"}`, speckle.InvalidQuery, "refuses the request: no", 1},
		"error object in 400":   {400, jsonType, `{"error":{"message":"entity too large","code":"USER_INPUT_ERROR"}}`, speckle.InvalidQuery, "entity too large", 1},
		"400 empty":             {400, "", "", speckle.BadAnswer, "HTTP 400", 1},
		"401":                   {401, "", "", speckle.TokenRefused, "unknown, expired or revoked", 1},
		"403 of a proxy":        {403, "text/html", "<html>", speckle.BadAnswer, "HTTP 403", 1},
		"404":                   {404, "text/html", "Cannot POST", speckle.NotSpeckle, "try https://speckle.test/api/graphql", 1},
		"302":                   {302, "", "", speckle.Redirected, "never sent after a redirect", 1},
		"307":                   {307, "", "", speckle.Redirected, "never sent after a redirect", 1},
		"fault inside 200":      {200, jsonType, `{"data":null,"errors":[{"message":"connect ECONNREFUSED","extensions":{"code":"INTERNAL_SERVER_ERROR"}}]}`, speckle.ServerFault, "ECONNREFUSED", 5},
		"502 inside 200":        {200, jsonType, `{"data":null,"errors":[{"message":"engine","extensions":{"code":"EXECUTION_ENGINE_X","statusCode":502}}]}`, speckle.ServerFault, "engine", 5},
		"final beside fault":    {200, jsonType, `{"data":null,"errors":[{"message":"x","extensions":{"code":"INTERNAL_SERVER_ERROR"}},{"message":"y","path":["a",0,"b"],"extensions":{"code":"FORBIDDEN"}}]}`, speckle.NoAccess, "a.0.b: y (and 1 more errors)", 1},
		"single sign-on":        {200, jsonType, `{"data":null,"errors":[{"message":"x","path":["project"],"extensions":{"code":"SSO_SESSION_MISSING_OR_EXPIRED_ERROR","statusCode":401}}]}`, speckle.NoAccess, "log in to the workspace", 1},
		"a token in the answer": {500, jsonType, `{"error":"token ` + token + ` is odd"}`, speckle.ServerFault, "0123456789…[redacted]", 5},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				answer, err := ask(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
					w.Header()["Content-Type"] = nil
					if c.media != "" {
						w.Header().Set("Content-Type", c.media)
					}
					w.Header().Set("Location", "https://elsewhere.test/")
					w.WriteHeader(c.status)
					io.WriteString(w, c.body)
				}), "https://speckle.test", "{ a }")
				failed, _ := errors.AsType[*speckle.Error](err)
				if failed == nil || failed.Kind != c.kind || !strings.Contains(failed.Error(), c.text) || answer.Tries != c.tries {
					t.Errorf("%v after %d tries, want %s: %s after %d", err, answer.Tries, c.kind, c.text, c.tries)
				}
			})
		})
	}
}

func TestRetryFollowsTheServer(t *testing.T) {
	for header, want := range map[string]time.Duration{"0.646": 646 * time.Millisecond, "3": 3 * time.Second} {
		synctest.Test(t, func(t *testing.T) {
			tries, start := 0, time.Now()
			answer, err := ask(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", "application/json")
				if tries++; tries == 1 {
					w.Header().Set("Retry-After", header)
					w.WriteHeader(429)
					return
				}
				io.WriteString(w, `{"data":{"n":12345678901234567890.10}}`)
			}), "https://speckle.test", "{ n }")
			if err != nil || string(answer.Data) != `{"n":12345678901234567890.10}` {
				t.Errorf("%s %v", answer.Data, err)
			}
			if waited := time.Since(start); waited != want {
				t.Errorf("Retry-After %s: waited %s", header, waited)
			}
		})
	}
}

func TestMutationIsSentOnce(t *testing.T) {
	for status, want := range map[int]int{500: 1, 502: 1, 429: 5} {
		synctest.Test(t, func(t *testing.T) {
			answer, err := ask(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) }),
				"https://speckle.test", "mutation { a }")
			if err == nil || answer.Tries != want {
				t.Errorf("%d: sent %d times, want %d (%v)", status, answer.Tries, want, err)
			}
		})
	}
}

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
		_, err := overNetwork(t, t.Context(), server.URL, nil)
		if failed, _ := errors.AsType[*speckle.Error](err); failed == nil || failed.Kind != speckle.Redirected {
			t.Errorf("%d: %v", status, err)
		}
		server.Close()
	}
}

func TestVariablesGoOutAsWritten(t *testing.T) {
	var seen string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		seen = string(body)
		w.Header().Set("Content-Type", "application/json")
		io.WriteString(w, `{"data":{"a":1}}`)
	}))
	defer server.Close()
	if _, err := overNetwork(t, t.Context(), server.URL, map[string]json.RawMessage{"n": json.RawMessage(`12345678901234567890`)}); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(seen, `"n":12345678901234567890`) {
		t.Errorf("sent %s", seen)
	}
}

func TestDeadlineIsTold(t *testing.T) {
	hang := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-hang }))
	defer server.Close()
	defer close(hang)
	cause := fmt.Errorf("the job's timeout is over")
	ctx, cancel := context.WithTimeoutCause(t.Context(), time.Millisecond, cause)
	defer cancel()
	if _, err := overNetwork(t, ctx, server.URL, nil); !errors.Is(err, cause) {
		t.Errorf("%v", err)
	}
}

func overNetwork(t *testing.T, ctx context.Context, address string, variables map[string]json.RawMessage) (speckle.Answer, error) {
	t.Helper()
	s, err := speckle.ParseServer(address, false)
	if err != nil {
		t.Fatal(err)
	}
	q, _ := speckle.ParseQuery("{ a }")
	client := speckle.NewClient(speckle.Options{Server: s, Token: secret.New(token), UserAgent: "runner-test"})
	defer client.Close()
	answer, err := client.Do(ctx, q, variables)
	if err != nil && strings.Contains(fmt.Sprintf("%+v %#v", err, err), token) {
		t.Errorf("the token is in the error: %v", err)
	}
	return answer, err
}
