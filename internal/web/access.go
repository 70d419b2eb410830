package web

import (
	"crypto/sha256"
	"crypto/subtle"
	"net"
	"net/http"
	"net/netip"
	"strings"

	"speckle-runner/internal/secret"
	"speckle-runner/internal/web/ui"
)

const (
	noToken     = "RUNNER_WEB_TOKEN is not set, and this address is reachable from other machines"
	noTokenHint = "start `runner serve` with RUNNER_WEB_TOKEN set to a long random text (such as that of `openssl rand -base64 32`) and " +
		"send it as `Authorization: Bearer …`; or listen on 127.0.0.1"
)

// admit says why a request is refused, nil if it isn't.
func (s *Server) admit(r *http.Request) error {
	if err := s.admitOrigin(r); err != nil {
		return err
	}
	switch {
	case s.open[r.URL.Path], s.authorized(r):
		return s.admitChange(r)
	case s.o.Token.IsZero():
		return refuse(http.StatusForbidden, noToken, noTokenHint)
	}
	if bearer(r) != "" {
		s.wrongs.count(r.RemoteAddr)
		if !s.wrongs.hold(r.Context()) {
			p := refuse(http.StatusTooManyRequests, "this is not the token of RUNNER_WEB_TOKEN, and many wrong ones are coming",
				"wait a few seconds; who sends the right token never waits")
			p.header = http.Header{"Retry-After": {"5"}}
			return p
		}
	}
	p := refuse(http.StatusUnauthorized, "this needs the token of RUNNER_WEB_TOKEN", "send it as `Authorization: Bearer …`")
	p.header = http.Header{"Www-Authenticate": {`Bearer realm="runner"`}}
	return p
}

// outside refuses what doesn't begin with the base path. It leads nowhere: through a
// proxy that takes the path off, it would lead in a circle.
func (s *Server) outside(r *http.Request) error {
	if err := s.admitOrigin(r); err != nil {
		return err
	}
	return refuse(http.StatusNotFound, "no such page: "+shown(r.URL.Path),
		"everything is below "+s.at("/")+" here, as --base-path says; a proxy has to pass that part of a path on, too")
}

// admitOrigin refuses what another site may have made a browser ask.
func (s *Server) admitOrigin(r *http.Request) error {
	// A page that has its own name point at 127.0.0.1 (DNS rebinding) is of the
	// same origin to a browser: without a token, only the name gives it away.
	// The port proves nothing, and differs behind an SSH tunnel.
	if s.o.Token.IsZero() && s.o.Loopback && !loopbackName(r.Host) {
		return refuse(http.StatusForbidden, "requests for the host "+shown(r.Host)+" are refused",
			"ask for localhost or 127.0.0.1; to serve other names, set RUNNER_WEB_TOKEN")
	}
	if err := s.origins.Check(r); err != nil {
		return refuse(http.StatusForbidden, "a page of another origin may not do this",
			"ask from outside a browser, or from this server's own pages; a proxy before them has to pass the Host header on")
	}
	return nil
}

// admitChange refuses what changes something where nothing may be changed.
// Signing in changes nothing but a browser.
func (s *Server) admitChange(r *http.Request) error {
	const only = "this service is read-only over HTTP"
	switch {
	case s.o.ReadOnly && r.URL.Path == ui.CheckPath: // a page that is for its button
		return refuse(http.StatusForbidden, only,
			"RUNNER_WEB_READONLY says so where `runner serve` is started; `runner validate` checks a job file there")
	case !s.o.ReadOnly, r.Method == http.MethodGet, r.Method == http.MethodHead, r.Method == http.MethodOptions,
		r.URL.Path == loginPath, r.URL.Path == logoutPath:
		return nil
	}
	return refuse(http.StatusForbidden, only,
		"RUNNER_WEB_READONLY says so where `runner serve` is started; `runner run` and `runner redeliver` work there")
}

// authorized says whether a request may see and do everything.
func (s *Server) authorized(r *http.Request) bool {
	if s.o.Token.IsZero() {
		return s.o.Loopback
	}
	return sameToken(bearer(r), s.o.Token) || s.signedIn(r)
}

// bearer gives the token of a request, "" if it has none.
func bearer(r *http.Request) string {
	values := r.Header.Values("Authorization")
	if len(values) != 1 {
		return ""
	}
	scheme, token, _ := strings.Cut(values[0], " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return ""
	}
	return strings.TrimSpace(token)
}

// sameToken takes the same time whatever is given, its length included.
func sameToken(given string, token secret.Value) bool {
	a, b := sha256.Sum256([]byte(given)), sha256.Sum256([]byte(token.Reveal()))
	return subtle.ConstantTimeCompare(a[:], b[:]) == 1
}

// loopbackName says whether a Host header names this machine to itself.
func loopbackName(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	} else {
		host = strings.TrimSuffix(strings.TrimPrefix(host, "["), "]")
	}
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.Unmap().IsLoopback()
}

// guardAnswer sets what every answer tells a browser: nothing here is kept,
// framed, guessed at or loaded into another site's page.
func guardAnswer(h http.Header) {
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
}
