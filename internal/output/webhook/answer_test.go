package webhook_test

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"speckle-runner/internal/output/webhook"
	"speckle-runner/internal/secret"
)

// answering is a receiver that gives one answer.
type answering struct {
	status     int
	kind, body string
}

func (a answering) RoundTrip(req *http.Request) (*http.Response, error) {
	_, _ = io.Copy(io.Discard, req.Body)
	return &http.Response{
		StatusCode: a.status, Header: http.Header{"Content-Type": {a.kind}}, Body: io.NopCloser(strings.NewReader(a.body)), Request: req,
	}, nil
}

// Each service's ways to say yes and no with a status of success, and what is
// neither.
func TestAnswersOfServices(t *testing.T) {
	const (
		yes   = "yes"
		again = "no, try again"
		final = "no, for good"
		doubt = "yes, with a doubt"
		page  = "<!DOCTYPE html>\n<html><head><title>Sign in &amp; go on</title></head><body><form>…</form></body></html>"
		teams = "Webhook message delivery failed with error: Microsoft Teams endpoint returned HTTP error %CODE with ContextId " +
			"tcid=0,server=DB3PEPF00000001,cv=abc+def.0.."
	)
	failedWith := func(code string) string { return strings.ReplaceAll(teams, "%CODE", code) }
	for _, c := range []struct {
		preset string
		status int
		body   string
		want   string
	}{
		{"slack", 200, "ok", yes},
		{"slack", 200, " OK\n", yes},
		{"slack", 200, "", yes},
		{"slack", 200, `{"ok":true}`, yes},
		{"slack", 200, `{"success":true}`, yes},
		{"slack", 200, "no_text", final},
		{"slack", 200, "channel_is_archived", final},
		{"slack", 200, "rollup_error", again},
		{"slack", 200, `{"ok":false,"error":"invalid_auth"}`, final},
		{"slack", 200, `{"ok":false,"error":"ratelimited"}`, again},
		{"slack", 200, "welcome", doubt},
		{"slack", 200, page, doubt},
		{"teams", 202, "", yes},
		{"teams", 200, "1", yes},
		{"teams", 200, failedWith("429"), again},
		{"teams", 200, failedWith("503"), again},
		{"teams", 200, failedWith("403"), final},
		{"teams", 200, failedWith("413"), final},
		{"teams", 200, "Webhook message delivery failed with error: the operation timed out", again},
		{"teams", 200, "Webhook Bad Request - Null or empty event", final},
		{"teams", 200, "Summary or Text is required.", final},
		{"teams", 200, `{"statusCode":429,"message":"Rate limit is exceeded. Try again in 5 seconds."}`, again},
		{"teams", 200, `{"error":{"code":"WorkflowTriggerIsNotEnabled","message":"no"}}`, again},
		{"teams", 200, "welcome", doubt},
		{"teams", 200, page, doubt},
		{"discord", 204, "", yes},
		{"discord", 200, `{"id":"112233","type":0,"content":""}`, yes},
		{"discord", 200, "ok", yes},
		{"discord", 200, `{"message":"Unknown Webhook","code":10015}`, final},
		{"discord", 200, `{"message":"You are being rate limited.","retry_after":2.5,"global":false}`, again},
		{"discord", 200, `{"message":"API resource is currently overloaded.","code":130000}`, again},
		{"discord", 200, `[]`, doubt},
		{"discord", 200, page, doubt},
		{"", 200, "welcome", yes},
		{"", 200, `{"ok":true,"error":""}`, yes},
		{"", 200, `[{"ok":false}]`, yes},
		{"", 200, `{"ok":null}`, yes},
		{"", 200, `{"ok":false}`, doubt},
		{"", 200, `{"success":false,"message":"no such flow"}`, doubt},
		{"", 200, "OK (not found)", doubt},
		{"", 200, page, doubt},
		{"", 200, "<html><body>hello", doubt},
	} {
		hook := webhook.Hook{
			URL: secret.New("https://hooks.example.com/services/T0/B0/0123456789abcdefghij"), Preset: c.preset,
			Transport: answering{c.status, "text/plain", c.body},
		}
		told, err := hook.Send(t.Context(), message)
		got := yes
		switch {
		case err != nil && failure(t, err).Final:
			got = final
		case err != nil:
			got = again
		case told != "":
			got = doubt
		}
		if got != c.want {
			t.Errorf("%s %q: %s, want %s (%v%s)", c.preset, c.body, got, c.want, err, told)
		}
		if err != nil && !strings.Contains(err.Error(), "and says that it failed: ") {
			t.Errorf("%s %q: %v", c.preset, c.body, err)
		}
	}
}

// A page that is only labelled as one is no doubt; one that is, is named by its
// title.
func TestAWebPageIsNoAnswer(t *testing.T) {
	hook := webhook.Hook{URL: secret.New("https://hooks.example.com/x"), Transport: answering{200, "text/html; charset=utf-8", "OK"}}
	if told, err := hook.Send(t.Context(), message); told != "" || err != nil {
		t.Errorf("%q, %v", told, err)
	}
	hook.Transport = answering{200, "text/html", "<div>\n<title>Sign in &amp; go on</title>"}
	told, err := hook.Send(t.Context(), message)
	if want := "the answer wasn't understood: it is a web page, as a login or a proxy shows it: Sign in & go on"; told != want || err != nil {
		t.Errorf("%q, %v", told, err)
	}
}

// What is told of an answer is one short line without the receiver's secrets.
func TestADoubtIsHarmless(t *testing.T) {
	const path = "/services/0123456789abcdefghij"
	body := "hello \x1b[31m" + path + "\r\n\u202e" + strings.Repeat("x", 100_000)
	hook := webhook.Hook{URL: secret.New("https://hooks.example.com" + path), Preset: "slack", Transport: answering{200, "", body}}
	told, err := hook.Send(t.Context(), message)
	if err != nil || !strings.HasPrefix(told, "the answer wasn't understood: not what Slack says: hello") {
		t.Fatalf("%q, %v", told, err)
	}
	if len(told) > 400 || strings.Contains(told, "0123456789abcdefghij") || strings.ContainsAny(told, "\x1b\r\n\u202e") {
		t.Errorf("%q", told)
	}
}

// Discord's body says how long to wait, with any status.
func TestABodyAsksToWait(t *testing.T) {
	for _, status := range []int{200, 429} {
		hook := webhook.Hook{URL: secret.New("https://hooks.example.com/x"), Preset: "discord"}
		hook.Transport = answering{status, "", `{"retry_after":2.5}`}
		if failed := failure(t, errorOf(hook.Send(t.Context(), message))); failed.Final || failed.RetryAfter != 2500*time.Millisecond {
			t.Errorf("%d: %+v", status, failed)
		}
	}
}
