// Package endpoint reads where a Speckle server is: its origin, and the endpoint that
// queries go to. It connects to none.
package endpoint

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"strconv"
	"strings"
)

// GraphQL is the path where every Speckle server answers; its guide on tokens
// prints /api/graphql, which the open source server doesn't have.
const GraphQL = "/graphql"

// Server is one Speckle server and the endpoint that queries go to. The zero
// value is no server.
type Server struct{ endpoint url.URL }

// Parse reads an origin (https://app.speckle.systems, to which /graphql
// is added) or a whole endpoint. It must be https; http is taken on loopback,
// and elsewhere only when allowHTTP is set, because the token would cross the
// network in the clear. User, password, query and fragment are refused.
func Parse(raw string, allowHTTP bool) (Server, error) {
	u, err := url.Parse(raw)
	if err != nil || u.Host == "" || u.Hostname() == "" {
		return Server{}, errors.New("want an address such as https://app.speckle.systems")
	}
	switch {
	case u.User != nil, strings.Contains(raw, "@"): // behind a slash, too: https://user:12/34@host
		return Server{}, errors.New("a user or password has no place in the address: the token is named by token_env")
	case !ValidPort(u):
		return Server{}, errors.New("want a port from 1 to 65535")
	case u.RawQuery != "" || u.ForceQuery || u.Fragment != "":
		return Server{}, errors.New("want an address without query or fragment")
	case u.Scheme == "http" && !allowHTTP && !IsLoopback(u.Hostname()):
		return Server{}, errors.New("http would send the token in the clear: use https, or allow_http: true on the job")
	case u.Scheme != "https" && u.Scheme != "http":
		return Server{}, fmt.Errorf("scheme %q: want https", u.Scheme)
	}
	u.Host = strings.ToLower(u.Host)
	if strings.Trim(u.Path, "/") == "" {
		u.Path, u.RawPath = GraphQL, ""
	}
	return Server{endpoint: *u}, nil
}

// ValidPort reports whether an address names a port that there can be, or none.
func ValidPort(u *url.URL) bool {
	if u.Port() == "" {
		return true
	}
	port, err := strconv.Atoi(u.Port())
	return err == nil && port >= 1 && port <= 65535
}

// Origin gives scheme, host and port: all that a token is bound to.
func (s Server) Origin() string {
	if s.IsZero() {
		return ""
	}
	return s.endpoint.Scheme + "://" + s.endpoint.Host
}

// Endpoint gives the address that queries are posted to.
func (s Server) Endpoint() string { return s.endpoint.String() }

// Base is the address that paths beside GraphQL stand below.
func (s Server) Base() string {
	endpoint := s.Endpoint()
	for _, suffix := range []string{"/api/graphql", GraphQL} {
		if base, is := strings.CutSuffix(strings.TrimRight(endpoint, "/"), suffix); is {
			return base
		}
	}
	return s.Origin()
}

// String gives the endpoint; it holds no secret.
func (s Server) String() string { return s.Endpoint() }

// IsZero reports whether there is no server.
func (s Server) IsZero() bool { return s.endpoint.Host == "" }

// IsLoopback reports whether a host is this machine itself, where plain http
// crosses no network.
func IsLoopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}
