package remote_test

import (
	"strings"
	"testing"

	"speckle-runner/internal/remote"
)

func TestParse(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]string{
		"http://127.0.0.1:8080":            "http://127.0.0.1:8080",
		"http://localhost:8080/":           "http://localhost:8080",
		"http://[::1]:8080":                "http://[::1]:8080",
		"https://Host.example.com/runner":  "https://host.example.com/runner",
		"https://host/runner//":            "https://host/runner",
		"https://host/a/../b/":             "https://host/b",
		" https://host ":                   "https://host",
		"https://host:8443/with%20a%2Fone": "https://host:8443/with%20a%2Fone",
	} {
		a, err := remote.Parse(raw, false)
		if err != nil || a.String() != want {
			t.Errorf("%q: %s, %v; want %s", raw, a, err, want)
		}
	}
	if a, err := remote.Parse("http://runner:8080", true); err != nil || a.String() != "http://runner:8080" {
		t.Errorf("http that is allowed: %s, %v", a, err)
	}
}

func TestParseRefuses(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]string{
		"":                               "want an address such as",
		"127.0.0.1:8080":                 "want an address such as",
		"localhost:8080":                 "want an address such as",
		"https://":                       "want an address such as",
		"https://:8080":                  "want an address such as",
		"https://a b":                    "want an address such as",
		"https://me:hunter2@host":        "no place in an address",
		"https://hunter2@host":           "no place in an address",
		"https://me:12/hunter2@host":     "no place in an address",
		"https://me:12#hunter2@host":     "no place in an address",
		"https://host/?token=hunter2":    "without query or fragment",
		"https://host/?":                 "without query or fragment",
		"https://host/#hunter2":          "without query or fragment",
		"https://host/%2e%2f":            "behind escapes",
		"https://host/a/.%2E/b":          "behind escapes",
		"https://host/..%2f":             "behind escapes",
		"http://runner.example.com":      "in the clear",
		"http://127.0.0.1.example.com":   "in the clear",
		"ftp://host":                     `scheme "ftp"`,
		"https://me:hunter2@host:port:x": "want an address such as",
	} {
		a, err := remote.Parse(raw, false)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %s, %v; want %q", raw, a, err, want)
		}
		if err != nil && strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%q: a secret is in the message: %v", raw, err)
		}
	}
}

// FuzzParse: what is taken is an address that a token may go to, and reads as itself.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{"https://host/runner/", "http://127.0.0.1:8080", "http://a@b", "https://host/%2e%2e/",
		"https://[::1]:1/?#"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		a, err := remote.Parse(raw, false)
		if err != nil {
			return
		}
		again, err := remote.Parse(a.String(), false)
		if err != nil || again.String() != a.String() {
			t.Errorf("%q is taken as %s, which reads as %s, %v", raw, a, again, err)
		}
		if strings.Contains(a.String(), "@") && !strings.Contains(raw, "@") || strings.HasSuffix(a.String(), "/") {
			t.Errorf("%q is taken as %s", raw, a)
		}
	})
}
