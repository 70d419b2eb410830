package web

import (
	"fmt"
	"net/http"
	"strings"

	"speckle-runner/internal/web/ui"
)

// login asks a person for the token. It is open, but says nothing else: not whether
// a Bearer token is right, either, since those aren't slowed here.
func (s *Server) login(w http.ResponseWriter, r *http.Request) error {
	if s.o.Token.IsZero() && s.o.Loopback || s.signedIn(r) {
		http.Redirect(w, r, ownPath(r.URL.Query().Get("next")), http.StatusSeeOther) //nolint:gosec // ownPath leads to pages of this server only
		return nil
	}
	return s.pages.SignIn(w, http.StatusOK, "", ownPath(r.URL.Query().Get("next")))
}

// signIn takes the token from the login page. Right ones are slowed, too, or a
// slowed answer would say which is right.
func (s *Server) signIn(w http.ResponseWriter, r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		return fmt.Errorf("%w: %w", ui.ErrBody, err)
	}
	next := ownPath(r.PostForm.Get("next"))
	switch {
	case s.o.Token.IsZero() && s.o.Loopback:
		return refuse(http.StatusForbidden, "RUNNER_WEB_TOKEN is not set: nobody signs in here",
			"open the pages: on this machine they need no token")
	case s.o.Token.IsZero():
		return refuse(http.StatusForbidden, noToken, noTokenHint)
	case !s.guesses.allow(r):
		w.Header().Set("Retry-After", "5")
		return s.pages.SignIn(w, http.StatusTooManyRequests, "Those were many tries. Wait a few seconds before the next one.", next)
	case !sameToken(strings.TrimSpace(r.PostForm.Get("token")), s.o.Token):
		s.o.Log.Warn().Str("from", r.RemoteAddr).Msg("somebody tried to sign in with a wrong token")
		return s.pages.SignIn(w, http.StatusUnauthorized, "This is not the token.", next)
	}
	s.setSession(w, r, sign(s.o.Token, s.o.Now().Add(sessionFor)), sessionFor)
	http.Redirect(w, r, next, http.StatusSeeOther) //nolint:gosec // ownPath lets it be a page of this server only
	return nil
}

// signOut takes the cookie back.
func (s *Server) signOut(w http.ResponseWriter, r *http.Request) error {
	s.endSession(w, r)
	http.Redirect(w, r, "/login", http.StatusSeeOther)
	return nil
}

// ownPath lets a login lead to pages of this server only.
func ownPath(next string) string {
	if !strings.HasPrefix(next, "/") || strings.HasPrefix(next, "//") || strings.ContainsAny(next, "\\\r\n\t") ||
		strings.HasPrefix(next, "/login") {
		return "/"
	}
	return next
}
