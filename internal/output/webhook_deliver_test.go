package output_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"speckle-runner/internal/output"
	"speckle-runner/internal/secret"
)

func hookTo(r http.RoundTripper) *output.Webhook {
	return &output.Webhook{URL: secret.New("https://hooks.example.com/x"), Secret: secret.New("key"), Transport: r}
}

func TestDeliver(t *testing.T) {
	busy, gone, down := answer{status: 503}, answer{status: 410}, answer{err: errors.New("connection reset")}
	for _, c := range []struct {
		name     string
		answers  []answer
		policy   output.Policy
		attempts int
		err      string        // "": delivered
		min, max time.Duration // of the whole
	}{
		{name: "taken at once", policy: output.Policy{MaxElapsed: time.Minute}, attempts: 1},
		{name: "taken later", answers: []answer{busy, down, {status: 201}}, policy: output.Policy{MaxElapsed: time.Minute}, attempts: 3, min: 1500 * time.Millisecond, max: 4500 * time.Millisecond},
		{name: "no policy: one attempt", answers: []answer{busy}, attempts: 1, err: "503"},
		{name: "gone for good", answers: []answer{gone}, policy: output.Policy{MaxElapsed: time.Hour}, attempts: 1, err: "410 Gone"},
		{name: "gone after a while", answers: []answer{busy, gone}, policy: output.Policy{MaxElapsed: time.Hour}, attempts: 2, err: "410 Gone", min: 500 * time.Millisecond, max: 1500 * time.Millisecond},
		{name: "attempts end", answers: []answer{busy}, policy: output.Policy{MaxElapsed: time.Hour, MaxAttempts: 4}, attempts: 4, err: "503", min: 3500 * time.Millisecond, max: 10500 * time.Millisecond},
		{name: "waits are capped", answers: []answer{busy}, policy: output.Policy{MaxElapsed: time.Hour, MaxAttempts: 5, FirstWait: 10 * time.Second, MaxWait: 10 * time.Second}, attempts: 5, err: "503", min: 20 * time.Second, max: 60 * time.Second},
		{name: "told to wait", answers: []answer{{status: 429, after: "7.5"}, {status: 200}}, policy: output.Policy{MaxElapsed: time.Minute}, attempts: 2, min: 7500 * time.Millisecond, max: 7500 * time.Millisecond},
		{name: "told to wait longer than there is time", answers: []answer{{status: 429, after: "120"}}, policy: output.Policy{MaxElapsed: time.Minute}, attempts: 1, err: "429"},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				got := &receiver{answers: c.answers}
				var told []int
				c.policy.OnRetry = func(attempt int, err error, wait time.Duration) {
					if wait <= 0 || failure(t, err).Final {
						t.Errorf("tries again after %s: %v", wait, err)
					}
					told = append(told, attempt)
				}
				start := time.Now()
				attempts, err := hookTo(got).Deliver(t.Context(), message, c.policy)
				if attempts != c.attempts || len(got.requests) != c.attempts || len(told) != c.attempts-1 {
					t.Errorf("%d attempts, %d requests, told of %v, want %d", attempts, len(got.requests), told, c.attempts)
				}
				if c.err == "" && err != nil || c.err != "" && (err == nil || !strings.Contains(err.Error(), c.err)) {
					t.Errorf("%v, want %q", err, c.err)
				}
				if took := time.Since(start); took < c.min || took > c.max {
					t.Errorf("took %s, want %s to %s", took, c.min, c.max)
				}
				sameMessage(t, got)
			})
		})
	}
}

// sameMessage holds that every attempt is the same message, signed anew.
func sameMessage(t *testing.T, got *receiver) {
	t.Helper()
	for i, r := range got.requests {
		if r.Header.Get("Webhook-Id") != message.ID || got.bodies[i] != string(message.Body) || r.Header.Get("Webhook-Signature") == "" {
			t.Errorf("attempt %d is another message: %v %s", i+1, r.Header, got.bodies[i])
		}
	}
}

// TestDeliverEnds holds that no attempt and no wait outlives the policy or the
// run, and that the error says why.
func TestDeliverEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		attempts, err := hookTo(hanging{}).Deliver(t.Context(), message, output.Policy{MaxElapsed: 70 * time.Second})
		if attempts != 3 || time.Since(start) != 70*time.Second || !strings.Contains(err.Error(), "gave up after 1m10s") {
			t.Errorf("%d attempts, %s: %v", attempts, time.Since(start), err)
		}
		stop := errors.New("the runner is shutting down")
		for name, transport := range map[string]http.RoundTripper{"in an attempt": hanging{}, "in a wait": &receiver{answers: []answer{{status: 500}}}} {
			ctx, cancel := context.WithCancelCause(t.Context())
			time.AfterFunc(100*time.Millisecond, func() { cancel(stop) })
			start := time.Now()
			attempts, err := hookTo(transport).Deliver(ctx, message, output.Policy{MaxElapsed: time.Hour})
			if attempts != 1 || time.Since(start) != 100*time.Millisecond || !errors.Is(err, stop) {
				t.Errorf("%s: %d attempts, %s: %v", name, attempts, time.Since(start), err)
			}
			failure(t, err)
		}
	})
}

func TestRetryAfter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		in := func(d time.Duration) string { return time.Now().Add(d).UTC().Format(http.TimeFormat) }
		for header, want := range map[string]time.Duration{
			"": 0, "0": 0, "3": 3 * time.Second, "0.25": 250 * time.Millisecond, "-1": 0, "soon": 0, "NaN": 0,
			"1e300": 24 * time.Hour, "+Inf": 24 * time.Hour, "172800": 24 * time.Hour,
			in(90 * time.Second): 90 * time.Second, in(-time.Hour): 0, in(72 * time.Hour): 24 * time.Hour,
		} {
			failed := failure(t, errorOf(hookTo(&receiver{answers: []answer{{status: 429, after: header}}}).Send(t.Context(), message)))
			if failed.RetryAfter != want {
				t.Errorf("%q: %s, want %s", header, failed.RetryAfter, want)
			}
		}
	})
}

func FuzzRetryAfter(f *testing.F) {
	for _, seed := range []string{"", "1", "1.5", "-1", "1e400", "Inf", "nan", "Fri, 06 Mar 2026 02:30:00 GMT", "0x1p-2", "1_0"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, header string) {
		failed := failure(t, errorOf(hookTo(&receiver{answers: []answer{{status: 503, after: header}}}).Send(t.Context(), message)))
		if failed.RetryAfter < 0 || failed.RetryAfter > 24*time.Hour {
			t.Errorf("%q: %s", header, failed.RetryAfter)
		}
	})
}
