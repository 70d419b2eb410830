package ui

import (
	"bytes"
	"fmt"
	"net/http"

	"speckle-runner/internal/said"
)

// frame is what every page has around what it shows.
type frame struct {
	Title    string
	Here     string // the path that the navigation marks
	ReadOnly bool
	Login    bool // somebody is signed in, and can sign out
	Bare     bool // no navigation: nobody is signed in yet
	Page     any
}

// contentPolicy lets a page load what is this server's own, and nothing inline.
const contentPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; " +
	"base-uri 'none'; frame-ancestors 'none'"

// render sends a page. It is made whole first, so that its status is true.
func (u *UI) render(w http.ResponseWriter, status int, name string, f frame) error {
	f.ReadOnly, f.Login = u.o.ReadOnly, u.o.Login && !f.Bare
	var body bytes.Buffer
	if err := u.templates()[name].Execute(&body, f); err != nil {
		return fmt.Errorf("page %s: %w", name, err)
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", contentPolicy)
	w.WriteHeader(status)
	_, _ = w.Write(said.Upright(body.Bytes())) // who asked may have gone
	return nil
}

// Problem shows what went wrong, and what to do.
func (u *UI) Problem(w http.ResponseWriter, status int, what, todo string, bare bool) error {
	return u.render(w, status, "problem.html", frame{Title: http.StatusText(status), Bare: bare,
		Page: struct{ What, Todo string }{what, todo}})
}

// SignIn shows the page that asks for the token; next is where it leads to.
func (u *UI) SignIn(w http.ResponseWriter, status int, problem, next string) error {
	return u.render(w, status, "login.html", frame{Title: "Sign in", Bare: true, Page: struct{ Problem, Next string }{problem, next}})
}
