package webhook_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"speckle-runner/internal/output/outputtest"
	"speckle-runner/internal/output/webhook"
	"speckle-runner/internal/secret"
)

func hookTo(r http.RoundTripper) *webhook.Hook {
	return &webhook.Hook{URL: secret.New("https://hooks.example.com/x"), Secret: secret.New("key"), Transport: r}
}

// TestSendAgain holds what each answer of a receiver means for another
// attempt, and that every attempt is the same message.
func TestSendAgain(t *testing.T) {
	for _, c := range []struct {
		name   string
		answer outputtest.Answer
		err    string // "": taken
		final  bool
		wait   time.Duration
	}{
		{name: "taken", answer: outputtest.Answer{Status: 201}},
		{name: "busy", answer: outputtest.Answer{Status: 503}, err: "503"},
		{name: "gone for good", answer: outputtest.Answer{Status: 410}, err: "410 Gone", final: true},
		{name: "no answer", answer: outputtest.Answer{Err: errors.New("connection reset")}, err: "connection reset"},
		{name: "told to wait", answer: outputtest.Answer{Status: 429, After: "7.5"}, err: "429", wait: 7500 * time.Millisecond},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := &outputtest.Receiver{Answers: []outputtest.Answer{c.answer, {Status: 200}}}
			hook := hookTo(got)
			_, err := hook.Send(t.Context(), message)
			if c.err == "" {
				if err != nil {
					t.Fatal(err)
				}
			} else if failed := failure(t, err); !strings.Contains(err.Error(), c.err) || failed.Final != c.final || failed.RetryAfter != c.wait {
				t.Errorf("%v, final %t, wait %s", err, failed.Final, failed.RetryAfter)
			}
			if _, err := hook.Send(t.Context(), message); err != nil || len(got.Requests) != 2 {
				t.Errorf("%d requests: %v", len(got.Requests), err)
			}
			sameMessage(t, got)
		})
	}
}

// sameMessage holds that every attempt is the same message, signed anew.
func sameMessage(t *testing.T, got *outputtest.Receiver) {
	t.Helper()
	for i, r := range got.Requests {
		if r.Header.Get("Webhook-Id") != message.ID || got.Bodies[i] != string(message.Body) || r.Header.Get("Webhook-Signature") == "" {
			t.Errorf("attempt %d is another message: %v %s", i+1, r.Header, got.Bodies[i])
		}
	}
}

// TestSendEnds holds that no attempt outlives its time or the run, and that
// the error says why.
func TestSendEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		_, err := hookTo(hanging{}).Send(t.Context(), message)
		if time.Since(start) != 30*time.Second || failure(t, err).Final || !strings.Contains(err.Error(), "no answer within 30s") {
			t.Errorf("%s: %v", time.Since(start), err)
		}
		stop := errors.New("the runner is shutting down")
		ctx, cancel := context.WithCancelCause(t.Context())
		time.AfterFunc(100*time.Millisecond, func() { cancel(stop) })
		start = time.Now()
		_, err = hookTo(hanging{}).Send(ctx, message)
		if time.Since(start) != 100*time.Millisecond || !errors.Is(err, stop) || failure(t, err).Final {
			t.Errorf("%s: %v", time.Since(start), err)
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
			failed := failure(t, errorOf(hookTo(&outputtest.Receiver{Answers: []outputtest.Answer{{Status: 429, After: header}}}).Send(t.Context(),
				message)))
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
		failed := failure(t, errorOf(hookTo(&outputtest.Receiver{Answers: []outputtest.Answer{{Status: 503, After: header}}}).Send(t.Context(),
			message)))
		if failed.RetryAfter < 0 || failed.RetryAfter > 24*time.Hour {
			t.Errorf("%q: %s", header, failed.RetryAfter)
		}
	})
}
