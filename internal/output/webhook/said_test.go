package webhook_test

import (
	"encoding/base64"
	"encoding/hex"
	"net/url"
	"strings"
	"testing"

	"speckle-runner/internal/output/outputtest"
	"speckle-runner/internal/output/webhook"
	"speckle-runner/internal/secret"
)

// TestNoHalfOutlivesAReceiversCut: what is a secret of the process, such as a
// server's token, is as unknown to a receiver's answer as the receiver's own,
// wherever the answer is cut.
func TestNoHalfOutlivesAReceiversCut(t *testing.T) {
	const process, own = "p0dsecret/of+the=process-91c3d7", "whk-0wn-header-5f1e/22+88=b7"
	var known secret.Redactor
	known.Add(secret.New(process))
	for _, text := range []string{process, own} {
		for _, shape := range []string{text, base64.StdEncoding.EncodeToString([]byte(text)), hex.EncodeToString([]byte(text)),
			url.QueryEscape(text)} {
			for in := 300 - len(shape); in <= 300; in++ {
				said := strings.Repeat("x", in) + " " + shape + strings.Repeat(" y", 100)
				for _, status := range []int{400, 200} {
					if status == 200 {
						said = `{"ok":false,"why":"` + said + `"}`
					}
					hook := &webhook.Hook{
						URL: secret.New("https://hooks.example.com/x"), Redactor: &known, Headers: map[string]secret.Value{"X-Key": secret.New(own)},
						Transport: &outputtest.Receiver{Answers: []outputtest.Answer{{Status: status, Body: said}}},
					}
					doubt, err := hook.Send(t.Context(), message)
					if (err == nil) != (status == 200) || doubt == "" && err == nil {
						t.Fatalf("%q, %v", doubt, err)
					}
					if err != nil {
						doubt = err.Error()
					}
					for at := 0; at+14 <= len(shape); at++ {
						if strings.Contains(doubt, shape[at:at+14]) {
							t.Fatalf("%d characters in: %q", in, doubt)
						}
					}
				}
			}
		}
	}
}
