package secret

import (
	"net/url"
	"strings"
)

// AddPassword registers the password of an address, where it has one.
func (r *Redactor) AddPassword(address string) {
	u, err := url.Parse(address)
	if err != nil || strings.HasPrefix(address, "postgres") { // whose driver takes apart what Go doesn't, and otherwise
		_, rest, _ := strings.Cut(address, "://")
		head, _, _ := strings.Cut(rest, "/")
		_, password, _ := strings.Cut(head[:max(0, strings.LastIndex(head, "@"))], ":")
		r.Add(New(password))
		if plain, err := url.PathUnescape(password); err == nil {
			r.Add(New(plain))
		}
	}
	if err != nil {
		return
	}
	if password, set := u.User.Password(); set {
		r.Add(New(password))
	}
	for _, name := range []string{"password", "sslpassword"} {
		r.Add(New(u.Query().Get(name)))
	}
}

// InPath reports whether what reads as the path of an address may be the rest of a password:
// of https://me:12/34@host, me is the host and 12 its port, and what would be told, or asked.
func InPath(u *url.URL) bool {
	path := u.EscapedPath()
	return u.Port() != "" && (strings.Contains(path, "@") || path == "" && strings.Contains(u.RawQuery+u.Fragment, "@"))
}
