package web

import (
	"cmp"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"speckle-runner/internal/secret"
)

// sessionFor is how long somebody stays signed in.
const sessionFor = 30 * 24 * time.Hour

// sessionCookie names the cookie by the port that the browser asks, as the Host header
// has it: a browser sends the cookies of all ports of a host to each, and would hold the
// session of one serve only. The port that is listened on isn't the browser's behind a
// tunnel, and nodes behind a proxy, which share a session, may each have another.
func sessionCookie(r *http.Request) string {
	const name = "runner_session"
	_, port, err := net.SplitHostPort(r.Host)
	if err != nil { // the usual port has no number
		return name
	}
	if _, err := strconv.ParseUint(port, 10, 16); err != nil {
		return name
	}
	return name + "_" + port
}

// sign makes what a signed-in browser sends. It is until when, with a proof that
// only who has the token can make: nothing is kept here, all nodes take it, and
// another token ends it.
func sign(token secret.Value, until time.Time) string {
	end := strconv.FormatInt(until.Unix(), 10)
	return end + "." + proof(token, end)
}

func proof(token secret.Value, end string) string {
	mac := hmac.New(sha256.New, []byte(token.Reveal()))
	mac.Write([]byte("runner session until " + end))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// signedIn says whether a request comes from somebody who has signed in. A browser may send
// several cookies of the name: an older one of another path, or of a host's whole domain.
func (s *Server) signedIn(r *http.Request) bool {
	return !s.o.Token.IsZero() && slices.ContainsFunc(r.CookiesNamed(sessionCookie(r)), s.holds)
}

// holds says whether a cookie proves that somebody has signed in, and not too long ago.
func (s *Server) holds(cookie *http.Cookie) bool {
	end, given, _ := strings.Cut(cookie.Value, ".")
	until, err := strconv.ParseInt(end, 10, 64)
	good := subtle.ConstantTimeCompare([]byte(given), []byte(proof(s.o.Token, end))) == 1
	return good && err == nil && s.o.Now().Unix() < until
}

// setSession gives a browser its cookie, or takes it back.
func (s *Server) setSession(w http.ResponseWriter, r *http.Request, value string, keep time.Duration) {
	s.setCookie(w, r, cmp.Or(string(s.o.BasePath), "/"), value, keep)
}

// endSession takes back the cookie, and one that was given before there was a base
// path: a browser would go on sending it.
func (s *Server) endSession(w http.ResponseWriter, r *http.Request) {
	s.setSession(w, r, "", -time.Second)
	if s.o.BasePath != "" {
		s.setCookie(w, r, "/", "", -time.Second)
	}
}

func (s *Server) setCookie(w http.ResponseWriter, r *http.Request, path, value string, keep time.Duration) {
	http.SetCookie(w, &http.Cookie{ //nolint:gosec // Secure under TLS; on loopback and in an office's network there may be none
		Name: sessionCookie(r), Value: value, Path: path, MaxAge: int(keep.Seconds()),
		HttpOnly: true, SameSite: http.SameSiteStrictMode,
		// A proxy that ends TLS says so; who lies about it only harms the own login.
		Secure: r.TLS != nil || forwardedTLS(r),
	})
}

// forwardedTLS says whether the browser spoke TLS with the first of the proxies.
func forwardedTLS(r *http.Request) bool {
	first, _, _ := strings.Cut(r.Header.Get("X-Forwarded-Proto"), ",")
	return strings.EqualFold(strings.TrimSpace(first), "https")
}

// Where people sign in, and out.
const (
	loginPath  = "/login"
	logoutPath = "/logout"
)
