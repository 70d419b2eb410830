package remote

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"speckle-runner/internal/speckle/endpoint"
)

// Address is where a `runner serve` answers: its origin, and the path below which a proxy
// has it. The zero value is no address.
type Address struct{ base url.URL }

// Parse reads an address such as https://host/runner. Plain http is taken on loopback,
// and elsewhere only where allowHTTP says so. No error repeats the address: it may
// hold a password.
func Parse(raw string, allowHTTP bool) (Address, error) {
	u, err := url.Parse(strings.TrimSpace(raw))
	switch {
	case err != nil || u.Hostname() == "":
		return Address{}, errors.New("want an address such as http://127.0.0.1:8080 or https://host/runner")
	case u.User != nil, strings.Contains(raw, "@"): // also where a slash hides it: https://user:12/34@host
		return Address{}, errors.New("a user, a password or a token has no place in an address, which others get to see: " +
			"put the token into RUNNER_WEB_TOKEN, or into a file for --env-file")
	case u.RawQuery != "" || u.ForceQuery || u.Fragment != "":
		return Address{}, errors.New("want an address without query or fragment, such as https://host/runner")
	case hidesDots(u.RawPath):
		return Address{}, errors.New("want a path without . and .. behind escapes such as %2e: programs read such a path differently")
	case u.Scheme == "http" && !allowHTTP && !endpoint.IsLoopback(u.Hostname()):
		return Address{}, errors.New("http would send the token through the network in the clear: use https, or --allow-http in a network of " +
			"your own")
	case u.Scheme != "http" && u.Scheme != "https":
		return Address{}, fmt.Errorf("scheme %q: want http or https", u.Scheme)
	}
	u.Host = strings.ToLower(u.Host)
	u = u.JoinPath()
	u.Path, u.RawPath = strings.TrimRight(u.Path, "/"), strings.TrimRight(u.RawPath, "/")
	return Address{*u}, nil
}

// hidesDots reports whether an escaped path holds . or .. in escaped form.
func hidesDots(raw string) bool {
	written, err := url.PathUnescape(raw)
	return err == nil && slices.ContainsFunc(strings.Split(written, "/"), func(part string) bool { return part == "." || part == ".." })
}

// String gives the address, which holds no secret.
func (a Address) String() string { return a.base.String() }

// api gives the address of a path of the API. Its words are constants, or were checked.
func (a Address) api(query url.Values, words ...string) string {
	u := a.base.JoinPath(append([]string{"api", "v1"}, words...)...)
	u.RawQuery = query.Encode()
	return u.String()
}
