package web_test

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rs/zerolog"

	"speckle-runner/internal/secret"
	"speckle-runner/internal/web"
)

// gate is a server with a token and nothing behind it, whose clock is a bubble's.
func gate(log *lines) http.Handler {
	return web.New(web.Options{Token: secret.New(token), Log: zerolog.New(log).Level(zerolog.WarnLevel)})
}

// knock asks for what isn't there with a token, from an address.
func knock(ctx context.Context, gate http.Handler, given, from string) *httptest.ResponseRecorder {
	r := httptest.NewRequestWithContext(ctx, "GET", "/api/v1/nothing", nil)
	r.RemoteAddr = from
	r.Header.Set("Authorization", "Bearer "+given)
	w := httptest.NewRecorder()
	gate.ServeHTTP(w, r)
	return w
}

// Who tries one token after the other gets one answer a second; the right token
// has its answer at once, and no number of wrong ones keeps it out.
func TestOnlyWrongTokensWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := gate(&lines{})
		began := time.Now()
		for range 5 {
			if w := knock(t.Context(), g, "wrong", "192.0.2.1:1"); w.Code != http.StatusUnauthorized {
				t.Errorf("a wrong one: %d %s", w.Code, w.Body)
			}
		}
		if took := time.Since(began); took != 5*time.Second {
			t.Errorf("five wrong ones after each other took %s", took)
		}
		var waiting sync.WaitGroup
		for range 32 {
			waiting.Go(func() { knock(t.Context(), g, "wrong", "192.0.2.1:1") })
		}
		synctest.Wait()
		began = time.Now()
		w := knock(t.Context(), g, "wrong", "192.0.2.1:1")
		if w.Code != http.StatusTooManyRequests || w.Header().Get("Retry-After") == "" {
			t.Errorf("one more than may wait: %d %s", w.Code, w.Body)
		}
		if w := knock(t.Context(), g, token, "192.0.2.1:1"); w.Code != http.StatusNotFound {
			t.Errorf("the right one: %d %s", w.Code, w.Body)
		}
		r := httptest.NewRequestWithContext(t.Context(), "GET", "/api/v1/nothing", nil)
		none := httptest.NewRecorder()
		g.ServeHTTP(none, r)
		if none.Code != http.StatusUnauthorized {
			t.Errorf("none: %d", none.Code)
		}
		if took := time.Since(began); took != 0 {
			t.Errorf("who doesn't guess, or can't wait, had to wait for %s", took)
		}
		waiting.Wait()
		if w := knock(t.Context(), g, "wrong", "192.0.2.1:1"); w.Code != http.StatusUnauthorized {
			t.Errorf("once they have their answers: %d", w.Code)
		}
	})
}

// Who hangs up gives the place back.
func TestAGuesserWhoLeavesDoesntWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := gate(&lines{})
		gone, leave := context.WithCancel(t.Context())
		var waiting sync.WaitGroup
		for range 32 {
			waiting.Go(func() { knock(gone, g, "wrong", "192.0.2.1:1") })
		}
		synctest.Wait()
		leave()
		waiting.Wait()
		if w := knock(t.Context(), g, "wrong", "192.0.2.1:1"); w.Code != http.StatusUnauthorized {
			t.Errorf("after they left: %d", w.Code)
		}
	})
}

// The log has one line a minute at most, and all lines together count every one.
func TestWrongTokensAreLogged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		log := &lines{}
		g := gate(log)
		var sent sync.WaitGroup
		for i := range 150 {
			sent.Go(func() {
				time.Sleep(time.Duration(i) * time.Second)
				knock(t.Context(), g, "wrong-but-close", []string{"192.0.2.1:1", "192.0.2.2:1", "[2001:db8::1]:1", "[2001:db8::2]:1"}[i%4])
			})
		}
		sent.Wait()
		time.Sleep(5 * time.Minute)
		told := decodeLines(t, log.String())
		var counts []int
		requests := 0
		for _, line := range told {
			counts, requests = append(counts, line.Requests), requests+line.Requests
			if line.Level != "warn" || line.LastFrom == "" || strings.Contains(log.String(), "close") {
				t.Errorf("line %+v", line)
			}
		}
		if requests != 150 || len(told) != 4 || told[1].Addresses != 3 {
			t.Errorf("%d requests in lines of %v: %s", requests, counts, log)
		}
		knock(t.Context(), g, "wrong", "192.0.2.1:1") // after a while of silence at once
		if n := len(decodeLines(t, log.String())); n != len(told)+1 {
			t.Errorf("%d lines, want one more than %d", n, len(told))
		}
	})
}

type wrongLine struct {
	Level     string
	Requests  int
	Addresses int
	LastFrom  string `json:"last_from"`
}

func decodeLines(t *testing.T, text string) (all []wrongLine) {
	t.Helper()
	for dec := json.NewDecoder(bytes.NewReader([]byte(text))); dec.More(); {
		var line wrongLine
		if err := dec.Decode(&line); err != nil {
			t.Fatal(err)
		}
		all = append(all, line)
	}
	return all
}

// What is open doesn't say whether a token is right: it isn't slowed there.
func TestNoOtherWayToGuess(t *testing.T) {
	s := serve(t, guarded)
	good, bad := header("Authorization", "Bearer "+token), header("Authorization", "Bearer wrong")
	for _, path := range []string{"/login", "/healthz"} {
		if a, b := s.ask("GET", path, good), s.ask("GET", path, bad); a.status != b.status {
			t.Errorf("%s says which token is right: %d and %d", path, a.status, b.status)
		}
	}
	if log := s.log.String(); strings.Contains(log, "wrong Bearer") {
		t.Errorf("log: %s", log)
	}
	s.ask("GET", "/readyz", bad)
	if log := s.log.String(); strings.Count(log, "wrong Bearer") != 1 {
		t.Errorf("log: %s", log)
	}
}
