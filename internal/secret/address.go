package secret

import (
	"net/url"
	"strings"
)

// minUser is the length from which what stands in a password's place is taken for a
// token: a short one is a name, which other texts may hold.
const minUser = 16

// AddUser registers what stands before the @ of an address without a password, where
// some services take a token. A client sends it as base64 with a colon behind it.
func (r *Redactor) AddUser(u *url.URL) {
	if password, _ := u.User.Password(); password != "" || u.User.Username() == "" {
		return
	}
	r.Add(New(u.User.Username() + ":"))
	if len(u.User.Username()) >= minUser {
		r.Add(New(u.User.Username()))
	}
}

// AddProxy registers what an address of a proxy holds for that alone. It may lack its
// scheme: user:password@host:port.
func (r *Redactor) AddProxy(address string) {
	for _, address := range []string{address, "http://" + address} {
		r.AddPassword(address)
		if u, err := url.Parse(address); err == nil {
			r.AddUser(u)
		}
	}
}

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
