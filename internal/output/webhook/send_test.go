package webhook_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"speckle-runner/internal/output/outputtest"
	"speckle-runner/internal/output/webhook"
	"speckle-runner/internal/secret"
)

// failure gives an error as what every error of a webhook is.
func failure(t testing.TB, err error) *webhook.Error {
	t.Helper()
	failed, ok := errors.AsType[*webhook.Error](err)
	if !ok {
		t.Fatalf("%v (%T) is no webhook.Error", err, err)
	}
	return failed
}

// errorOf drops what a Send says beside its error.
func errorOf(_ string, err error) error { return err }

var message = webhook.Message{ID: "run-1-1", Body: []byte(`{"count":1}`)}

func TestEveryStatus(t *testing.T) {
	for status := 200; status < 600; status++ {
		got := &outputtest.Receiver{Answers: []outputtest.Answer{{Status: status}}}
		hook := webhook.Hook{URL: secret.New("https://hooks.example.com/x"), Transport: got}
		_, err := hook.Send(t.Context(), message)
		if status < 300 {
			if err != nil {
				t.Errorf("%d: %v", status, err)
			}
			continue
		}
		again := status >= 500 || status == 408 || status == 425 || status == 429
		failed := failure(t, err)
		if failed.Final == again || failed.Status != status || failed.Host != "hooks.example.com" {
			t.Errorf("%+v", failed)
		}
		if want := fmt.Sprintf("webhook hooks.example.com: answered %d", status); !strings.HasPrefix(failed.Error(), want) {
			t.Errorf("%v", failed)
		}
	}
}

// TestNothingFollowsARedirect has a target that must see nothing.
func TestNothingFollowsARedirect(t *testing.T) {
	var seen atomic.Int32
	target := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { seen.Add(1) }))
	defer target.Close()
	for _, status := range []int{301, 302, 303, 307, 308} {
		server := httptest.NewServer(http.RedirectHandler(target.URL+"/elsewhere", status))
		hook := webhook.Hook{URL: secret.New(server.URL), Headers: map[string]secret.Value{"Authorization": secret.New("Bearer x")}}
		failed := failure(t, errorOf(hook.Send(t.Context(), message)))
		server.Close()
		if !failed.Final || !strings.Contains(failed.Error(), "redirects are not followed, give the address it points to") {
			t.Errorf("%v", failed)
		}
	}
	if seen.Load() > 0 {
		t.Error("the redirect was followed")
	}
}

func TestSentAsItIs(t *testing.T) {
	var got *http.Request
	var body string
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		text, _ := io.ReadAll(r.Body)
		got, body = r, string(text)
		w.WriteHeader(http.StatusNoContent)
	}))
	server.Config.ErrorLog = log.New(io.Discard, "", 0) // it tells of the refused certificate below
	server.StartTLS()
	defer server.Close()
	hook := webhook.Hook{
		URL: secret.New(strings.Replace(server.URL, "https://", "https://user:pass@", 1) + "/a/b?c=d"),
		Headers: map[string]secret.Value{"X-Key": secret.New("k"), "host": secret.New("other.example.com"),
			"content-type": secret.New("application/cloudevents+json")},
		Transport: server.Client().Transport,
	}
	if _, err := hook.Send(t.Context(), message); err != nil {
		t.Fatal(err)
	}
	user, password, _ := got.BasicAuth()
	if got.Method != "POST" || got.URL.String() != "/a/b?c=d" || body != string(message.Body) || user != "user" || password != "pass" ||
		got.Host != "other.example.com" || got.Header.Get("X-Key") != "k" || got.Header.Get("Content-Type") != "application/cloudevents+json" ||
		got.ContentLength != int64(len(message.Body)) {
		t.Errorf("%s %s %q %v", got.Method, got.URL, body, got.Header)
	}
	// A certificate that nobody vouches for ends before anything is sent.
	got = nil
	hook.Transport = nil
	if failed := failure(t, errorOf(hook.Send(t.Context(), message))); failed.Final || got != nil ||
		!strings.Contains(failed.Error(), "certificate") {
		t.Errorf("%v", failed)
	}
}

// TestErrorsKeepSecrets quotes everything secret back, as receivers and
// proxies do.
func TestErrorsKeepSecrets(t *testing.T) {
	const (
		path   = "/services/T024BE7LD/B0123456/XyZ0123456789abcdefABCDEF"
		key    = "sig-0123456789abcdef"
		bearer = "Bearer abcdefghijklmnop"
		hmac   = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
		token  = "0123456789abcdef0123456789abcdef01234567aa"
	)
	address := "https://user:p4ssw0rd@hooks.example.com" + path + "?sig=" + key
	quoted := "no " + path + " at " + address + ", sig=" + key + ", " + bearer + ", abcdefghijklmnop, " + hmac + ", p4ssw0rd, " + token +
		"\x1b[31m\nsecond \u202eline"
	for name, a := range map[string]outputtest.Answer{
		"answered": {Status: 404, Body: quoted},
		"broken":   {Err: errors.New(quoted)},
	} {
		hook := webhook.Hook{
			URL: secret.New(address), Secret: secret.New(hmac), Transport: &outputtest.Receiver{Answers: []outputtest.Answer{a}},
			Headers: map[string]secret.Value{"Authorization": secret.New(bearer)},
		}
		failed := failure(t, errorOf(hook.Send(t.Context(), message)))
		for _, text := range []string{failed.Error(), fmt.Sprint(failed.Response), fmt.Sprintf("%v", failed.Err)} {
			for _, part := range []string{"T024BE7LD/B0123456", "XyZ0123456789", key, "abcdefghijklmnop", "MfKQ9r8G", "p4ssw0rd", token, "\x1b",
				"\n", "\u202e"} {
				if strings.Contains(text, part) {
					t.Errorf("%s: %q is in %q", name, part, text)
				}
			}
		}
		if !strings.Contains(failed.Error(), "hooks.example.com") || !strings.Contains(failed.Error(), "second line") {
			t.Errorf("%s: %v", name, failed)
		}
	}
}

// TestATokenForAUserIsASecret: some services take a token where a user stands, and no
// password; what is sent of it is base64.
func TestATokenForAUserIsASecret(t *testing.T) {
	t.Parallel()
	for _, user := range []string{"t0k3n-0123456789abcdef", "t0k3n-0123456789abcdef:", "short77"} {
		hook := webhook.Hook{URL: secret.New("https://" + user + "@hooks.example.com/in")}
		hook.Transport = echo{}
		failed := failure(t, errorOf(hook.Send(t.Context(), message)))
		if text := failed.Error(); strings.Contains(text, "t0k3n") || !strings.Contains(text, "Basic [redacted]") {
			t.Errorf("%s: %s", user, text)
		}
	}
}

// echo refuses a request, and repeats how it was signed in to.
type echo struct{}

func (echo) RoundTrip(r *http.Request) (*http.Response, error) {
	user, password, _ := r.BasicAuth()
	said := "no " + r.Header.Get("Authorization")
	if len(user) > len("short77") {
		said += ", " + user + password
	}
	return &http.Response{StatusCode: http.StatusForbidden, Body: io.NopCloser(strings.NewReader(said))}, nil
}

// TestALongAnswerIsCut reads no more of an answer than it shows.
func TestALongAnswerIsCut(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusBadGateway)
		for {
			if _, err := io.WriteString(w, strings.Repeat("<html> ", 1000)); err != nil {
				return // the sender hung up
			}
		}
	}))
	defer server.Close()
	hook := webhook.Hook{URL: secret.New(server.URL)}
	failed := failure(t, errorOf(hook.Send(t.Context(), message)))
	if failed.Final || len(failed.Response) > 310 || !strings.HasPrefix(failed.Response, "<html>") {
		t.Errorf("%d bytes: %v", len(failed.Response), failed)
	}
}

// hanging never answers.
type hanging struct{}

func (hanging) RoundTrip(req *http.Request) (*http.Response, error) {
	<-req.Context().Done()
	return nil, req.Context().Err()
}

func TestNoAnswer(t *testing.T) {
	hook := webhook.Hook{URL: secret.New("https://hooks.example.com/x"), Transport: hanging{}}
	synctest.Test(t, func(t *testing.T) {
		for timeout, want := range map[time.Duration]time.Duration{0: 30 * time.Second, 5 * time.Second: 5 * time.Second} {
			hook.Timeout = timeout
			start := time.Now()
			failed := failure(t, errorOf(hook.Send(t.Context(), message)))
			if failed.Final || time.Since(start) != want || failed.Error() != "webhook hooks.example.com: no answer within "+want.String() {
				t.Errorf("after %s: %v", time.Since(start), failed)
			}
		}
		stop := errors.New("the runner is shutting down")
		ctx, cancel := context.WithCancelCause(t.Context())
		cancel(stop)
		if failed := failure(t, errorOf(hook.Send(ctx, message))); !errors.Is(failed, stop) {
			t.Errorf("%v", failed)
		}
	})
	// A port that nobody listens on: the error names the host and what happened.
	server := httptest.NewServer(nil)
	server.Close()
	hook = webhook.Hook{URL: secret.New(server.URL + "/secret-0123456789")}
	if failed := failure(t, errorOf(hook.Send(t.Context(), message))); failed.Final || failed.Status != 0 ||
		!strings.Contains(failed.Error(), "refused") || strings.Contains(failed.Error(), "secret") {
		t.Errorf("%v", failed)
	}
}

// switched answers in another protocol, on a connection that stays open and says nothing.
type switched struct{ body io.ReadCloser }

func (s switched) RoundTrip(req *http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: http.StatusSwitchingProtocols, Body: s.body, Request: req}, nil
}

// TestAnotherProtocol: such a receiver has not taken the message, and holds nobody up.
func TestAnotherProtocol(t *testing.T) {
	body, connection := io.Pipe()
	hook := webhook.Hook{URL: secret.New("https://hooks.example.com/x"), Transport: switched{body}}
	if failed := failure(t, errorOf(hook.Send(t.Context(), message))); failed.Final || !strings.Contains(failed.Error(), "HTTP 101") {
		t.Errorf("%+v", failed)
	}
	if _, err := connection.Write([]byte("x")); !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("the connection is still open: %v", err)
	}
}
