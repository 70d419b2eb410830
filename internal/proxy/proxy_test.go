package proxy

import (
	"net/url"
	"testing"

	"golang.org/x/net/http/httpproxy"
)

// TestNoProxyGoesDirectSilently holds our reading of the variables against the
// one of Go's HTTP client: what that one ignores, we refuse.
func TestNoProxyGoesDirectSilently(t *testing.T) {
	t.Parallel()
	target, err := url.Parse("https://app.speckle.systems/graphql")
	if err != nil {
		t.Fatal(err)
	}
	for value, taken := range map[string]bool{
		"http://proxy:3128": true, "proxy:3128": true, "proxy": true, "https://user:p%40ss@proxy.example.com:8443/": true,
		"socks5://127.0.0.1:1080": true,
		"user:secret@proxy:3128":  true, "http://[fd00::1]:3128": true,
		"::bad": false, "http://": false, "http://proxy:port": false, "http://proxy:99999": false, "ftp://proxy:21": false,
		"http://pro xy":                false,
		"http://user:pa ss@proxy:3128": false, "http:///path": false, "proxy:": false, "http://proxy:3128/pac": false, "\x7f": false,
		"%zz": false,
	} {
		if why := noProxy(value); (why == "") != taken {
			t.Errorf("%q: refused for %q, want taken: %t", value, why, taken)
		}
		used, err := (&httpproxy.Config{HTTPSProxy: value}).ProxyFunc()(target)
		if direct := used == nil && err == nil; direct && taken {
			t.Errorf("%q is taken, and Go's client goes direct", value)
		}
	}
}
