package endpoint_test

import (
	"strings"
	"testing"

	"speckle-runner/internal/speckle/endpoint"
)

func TestParse(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		raw       string
		allowHTTP bool
		endpoint  string
		origin    string
	}{
		{"https://app.speckle.systems", false, "https://app.speckle.systems/graphql", "https://app.speckle.systems"},
		{"https://App.Speckle.systems/", false, "https://app.speckle.systems/graphql", "https://app.speckle.systems"},
		{"https://app.speckle.systems/api/graphql", false, "https://app.speckle.systems/api/graphql", "https://app.speckle.systems"},
		{"https://speckle.example:8443/sub/graphql", false, "https://speckle.example:8443/sub/graphql", "https://speckle.example:8443"},
		{"http://127.0.0.1:3000", false, "http://127.0.0.1:3000/graphql", "http://127.0.0.1:3000"},
		{"http://localhost", false, "http://localhost/graphql", "http://localhost"},
		{"http://[::1]:3000", false, "http://[::1]:3000/graphql", "http://[::1]:3000"},
		{"http://speckle.lan", true, "http://speckle.lan/graphql", "http://speckle.lan"},
	} {
		s, err := endpoint.Parse(c.raw, c.allowHTTP)
		if err != nil || s.Endpoint() != c.endpoint || s.Origin() != c.origin || s.IsZero() {
			t.Errorf("%s: endpoint %s, origin %s, %v", c.raw, s.Endpoint(), s.Origin(), err)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]string{
		"":                                  "want an address such as",
		"app.speckle.systems":               "want an address such as",
		"https://":                          "want an address such as",
		"https://:443":                      "want an address such as",
		"https://a b":                       "want an address such as",
		"http://speckle.lan":                "in the clear",
		"http://127.0.0.1.evil.example":     "in the clear",
		"http://localhost.evil.example":     "in the clear",
		"ftp://speckle.lan":                 `scheme "ftp"`,
		"https://me:hunter2@speckle.lan":    "a user or password has no place",
		"https://me:12/hunter2@speckle.lan": "a user or password has no place",
		"https://speckle.lan/graphql?x=1":   "without query or fragment",
		"https://speckle.lan/graphql?":      "without query or fragment",
		"https://speckle.lan/graphql#later": "without query or fragment",
	} {
		s, err := endpoint.Parse(raw, false)
		if err == nil || !strings.Contains(err.Error(), want) || !s.IsZero() {
			t.Errorf("%q: %v, want %q", raw, err, want)
		}
		if err != nil && strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%q: the password is in the message: %v", raw, err)
		}
	}
}
