package webhook_test

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"speckle-runner/internal/output/outputtest"
	"speckle-runner/internal/output/webhook"
	"speckle-runner/internal/secret"
)

// signed gives the headers that a message is sent with at a time.
func signed(t *testing.T, hook webhook.Hook, m webhook.Message, at int64) (header http.Header) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(time.Until(time.Unix(at, 0)))
		got := &outputtest.Receiver{}
		hook.URL, hook.Transport = secret.New("https://hooks.example.com/x"), got
		if _, err := hook.Send(t.Context(), m); err != nil {
			t.Fatal(err)
		}
		header = got.Requests[0].Header
	})
	return header
}

// TestStandardWebhooksVector is the one that the libraries of
// github.com/standard-webhooks/standard-webhooks are tested with.
func TestStandardWebhooksVector(t *testing.T) {
	const (
		id   = "msg_p5jXN8AQM9LWM0D4loKWxJek"
		at   = 1614265330
		body = `{"test": 2432232314}`
		want = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
	)
	key, err := base64.StdEncoding.DecodeString("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
	if err != nil {
		t.Fatal(err)
	}
	for name, hook := range map[string]webhook.Hook{
		"whsec_": {Secret: secret.New("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")},
		"plain":  {Secret: secret.New(string(key)), Signature: webhook.SignatureStandard},
		"not the job's": {Secret: secret.New(string(key)), Headers: map[string]secret.Value{"webhook-signature": secret.New("v1,forged"),
			"Webhook-ID": secret.New("other")}},
	} {
		h := signed(t, hook, webhook.Message{ID: id, Body: []byte(body)}, at)
		if h.Get("Webhook-Id") != id || h.Get("Webhook-Timestamp") != "1614265330" || h.Get("Webhook-Signature") != want ||
			len(h["Webhook-Signature"]) != 1 {
			t.Errorf("%s: %v", name, h)
		}
		if h.Get("X-Webhook-Signature") != "" || h.Get("Content-Type") != "application/json" || h.Get("User-Agent") != "speckle-runner" {
			t.Errorf("%s: %v", name, h)
		}
	}
}

// TestTheDocsVerifySignatures runs what docs/webhooks.md gives receivers to copy, with each
// kind of secret that it names.
func TestTheDocsVerifySignatures(t *testing.T) {
	page, err := os.ReadFile("../../../docs/webhooks.md")
	if err != nil {
		t.Fatal(err)
	}
	_, code, _ := strings.Cut(string(page), "```python\n")
	code, _, _ = strings.Cut(code, "```")
	const body = `{"count": 6}`
	unpadded := "whsec_" + base64.RawStdEncoding.EncodeToString([]byte("unpadded"))
	for _, key := range []string{"plain secret", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", unpadded} {
		h := signed(t, webhook.Hook{Secret: secret.New(key)}, webhook.Message{ID: "m", Body: []byte(body)}, 1614265330)
		given, err := json.Marshal(map[string]any{"secret": key, "body": body, "headers": map[string]string{"webhook-id": h.Get("Webhook-Id"),
			"webhook-timestamp": h.Get("Webhook-Timestamp"), "webhook-signature": h.Get("Webhook-Signature")}})
		if err != nil {
			t.Fatal(err)
		}
		command := exec.CommandContext(t.Context(), "/usr/bin/python3", "-c", "import json, sys\ngiven = json.load(sys.stdin)\n"+
			"secret, headers, body = given['secret'], given['headers'], given['body'].encode()\n"+code+"print(ok)")
		command.Stdin = bytes.NewReader(given)
		if out, err := command.CombinedOutput(); err != nil || string(out) != "True\n" {
			t.Errorf("%.8s…: %v %s", key, err, out)
		}
	}
}

// TestSpeckleSignature is what a receiver of Speckle's own webhooks checks:
// hex HMAC-SHA256 of the raw body (specklesystems/speckle-server 51d43b91
// (2026-06-15)).
func TestSpeckleSignature(t *testing.T) {
	for _, key := range []string{"hunter2", "whsec_stays text", ""} {
		mac := hmac.New(sha256.New, []byte(key))
		mac.Write([]byte(`{"payload":{}}`))
		want := hex.EncodeToString(mac.Sum(nil))
		h := signed(t, webhook.Hook{Secret: secret.New(key), Signature: webhook.SignatureSpeckle},
			webhook.Message{ID: "m", Body: []byte(`{"payload":{}}`)}, 1614265330)
		if got := h["X-Webhook-Signature"]; len(got) != 1 || got[0] != want {
			t.Errorf("key %q: %q, want %q", key, got, want)
		}
		if h.Get("Webhook-Signature") != "" || h.Get("Webhook-Id") != "m" {
			t.Errorf("%v", h)
		}
	}
}

func TestWithoutSecretNothingIsSigned(t *testing.T) {
	h := signed(t, webhook.Hook{UserAgent: "runner/1"}, webhook.Message{ID: "m"}, 1614265330)
	if h.Get("Webhook-Signature") != "" || h.Get("Webhook-Id") != "m" || h.Get("User-Agent") != "runner/1" {
		t.Errorf("%v", h)
	}
}

func TestSettingsThatCannotWork(t *testing.T) {
	const url = "https://hooks.example.com/services/T0/SECRETPART"
	for name, c := range map[string]struct {
		hook webhook.Hook
		id   string
		want string
	}{
		"not base64": {webhook.Hook{Secret: secret.New("whsec_*secret*")}, "m",
			"webhook hooks.example.com: its secret begins with whsec_, but what follows isn't base64"},
		"empty base64":      {webhook.Hook{Secret: secret.New("whsec_")}, "m", "what follows isn't base64"},
		"unknown signature": {webhook.Hook{Signature: "md5"}, "m", `unknown signature "md5" (standard or speckle)`},
		"no id":             {webhook.Hook{}, "", "the message has no id"},
		"no address": {webhook.Hook{URL: secret.New("hooks.example.com/SECRETPART")}, "m",
			"webhook: its address isn't an http or https URL"},
		"a broken address": {webhook.Hook{URL: secret.New("https://ex ample/SECRETPART\x7f")}, "m",
			"webhook: its address isn't an http or https URL"},
		"another scheme": {webhook.Hook{URL: secret.New("ftp://h/SECRETPART")}, "m", "webhook: its address isn't an http or https URL"},
		"a line break": {webhook.Hook{Headers: map[string]secret.Value{"X-Key": secret.New("SECRETPART\n")}}, "m",
			"its header X-Key holds a line break"},
	} {
		t.Run(name, func(t *testing.T) {
			got := &outputtest.Receiver{}
			c.hook.Transport = got
			if c.hook.URL.IsZero() {
				c.hook.URL = secret.New(url)
			}
			failed := failure(t, errorOf(c.hook.Send(t.Context(), webhook.Message{ID: c.id})))
			if !failed.Final || !strings.Contains(failed.Error(), c.want) || strings.Contains(failed.Error(), "SECRETPART") {
				t.Errorf("%v", failed)
			}
			if len(got.Requests) > 0 {
				t.Error("something was sent")
			}
		})
	}
}
