package web

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// BasePath is where a server is below an address that others share: "/runner", of
// which a proxy passes on the paths as they are. "" is the address itself. It is
// what ParseBasePath gives: taken off a request before anything looks at its path
// (inside), and put before what an answer leads to (lead) and before the links of
// pages ({{base}}). Between the two nobody knows it.
type BasePath string

// ParseBasePath reads a base path. A slash at its end is forgiven. What browsers and
// proxies write in several ways is refused: they would not agree on what is below it.
func ParseBasePath(text string) (BasePath, error) {
	path := strings.TrimSuffix(text, "/")
	if path == "" {
		return "", nil
	}
	if strings.Contains(path, "://") {
		return "", errors.New("want the path alone, such as /runner, without scheme and host")
	}
	if len(path) > 2 && path[1:3] == ":/" {
		return "", errors.New("it is a path of a disk, which Git Bash makes of /runner: set MSYS_NO_PATHCONV=1 there")
	}
	if !strings.HasPrefix(path, "/") {
		return "", errors.New("want a path that begins with a slash, such as /runner")
	}
	for part := range strings.SplitSeq(path[1:], "/") {
		switch part {
		case "":
			return "", errors.New("nothing stands between two of its slashes: want a path such as /runner")
		case ".", "..":
			return "", fmt.Errorf("browsers leave %q out of a path: want one such as /runner", part)
		}
		for _, sign := range part {
			if !plain(sign) {
				return "", fmt.Errorf("it holds %q: want letters, digits and - . _ ~ between slashes, such as /tools/runner", sign)
			}
		}
	}
	return BasePath(path), nil
}

// plain says whether a sign stands for itself in every path.
func plain(sign rune) bool {
	return sign >= 'a' && sign <= 'z' || sign >= 'A' && sign <= 'Z' || sign >= '0' && sign <= '9' || strings.ContainsRune("-._~", sign)
}

// everywhere is what probes and Prometheus ask: on this machine, past any proxy.
var everywhere = []string{"/healthz", "/readyz", "/metrics"}

// inside gives a request as it would be without the base path; false: it is for
// something that lies elsewhere.
func (b BasePath) inside(r *http.Request) (*http.Request, bool) {
	if b == "" || slices.Contains(everywhere, r.URL.Path) {
		return r, true
	}
	path, below := b.cut(r.URL.Path)
	raw, rawBelow := b.cut(r.URL.RawPath)
	if !below || !rawBelow && r.URL.RawPath != "" {
		return r, false
	}
	other, address := *r, *r.URL
	address.Path, address.RawPath = cmp.Or(path, "/"), raw // found without the slash at its end, too
	other.URL = &address
	return &other, true
}

// cut takes the base path off a path; false: that lies elsewhere.
func (b BasePath) cut(path string) (rest string, below bool) {
	rest, below = strings.CutPrefix(path, string(b))
	return rest, below && (rest == "" || rest[0] == '/')
}

// lead puts the base path before what an answer leads to.
func (b BasePath) lead(h http.Header) {
	if to := h.Get("Location"); b != "" && strings.HasPrefix(to, "/") {
		h.Set("Location", string(b)+to)
	}
	if to := h.Get("Link"); b != "" && strings.HasPrefix(to, "</") {
		h.Set("Link", "<"+string(b)+to[1:])
	}
}
