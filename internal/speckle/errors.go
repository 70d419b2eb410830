package speckle

import (
	"fmt"
	"strings"
	"time"

	"speckle-runner/internal/secret"
)

// Kind says what went wrong, for exit codes and for whether to try again.
type Kind string

// The kinds of errors that a server or the way to it can give.
const (
	Network      Kind = "network"       // no answer, or it broke off
	Redirected   Kind = "redirected"    // the server points elsewhere; never followed
	TokenRefused Kind = "token refused" // unknown, expired or revoked: the server says the same for all
	ScopeMissing Kind = "scope missing" // Error.Scope names it
	NoAccess     Kind = "no access"     // the account may not read it
	NotFound     Kind = "not found"     // no such project, model or version
	RateLimited  Kind = "rate limited"  // Error.RetryAfter says when, if the server did
	ServerFault  Kind = "server fault"  // its own error, in a status or inside HTTP 200
	InvalidQuery Kind = "invalid query" // refused before or while it ran
	NotSpeckle   Kind = "not speckle"   // something else answered: a web page, a wrong path
	BadAnswer    Kind = "bad answer"    // not the JSON that was promised
	TooLarge     Kind = "too large"     // more than this program takes in one piece
)

// Error is every failure of a request. Its text never holds a token.
type Error struct {
	Kind       Kind
	Status     int            // HTTP status, 0 without an answer
	Message    string         // what happened, masked
	Hint       string         // what a person can do, may be ""
	Scope      string         // the missing scope
	Path       string         // field that was refused, "project.team"
	RetryAfter time.Duration  // 0: the server gave none
	Errors     []GraphQLError // all that the server listed

	cause error
}

// Error gives one line: what happened, then what to do about it.
func (e *Error) Error() string {
	text := e.Message
	if e.Hint != "" {
		text += " (" + e.Hint + ")"
	}
	return text
}

// Unwrap gives the network's own error, so that a deadline can be told.
func (e *Error) Unwrap() error { return e.cause }

// Retryable reports whether the same request may do better later.
func (e *Error) Retryable() bool {
	return e.Kind == Network || e.Kind == RateLimited || e.Kind == ServerFault
}

// GraphQLError is one entry of an answer's errors.
type GraphQLError struct {
	Message    string     `json:"message"`
	Locations  []Location `json:"locations"`
	Path       []any      `json:"path"`
	Extensions struct {
		Code       string `json:"code"`
		Scope      string `json:"scope"`
		StatusCode int    `json:"statusCode"`
	} `json:"extensions"`
}

// Location is a place in the query, from 1.
type Location struct {
	Line   int `json:"line"`
	Column int `json:"column"`
}

// kind reads an entry's code. Speckle has over 200 codes; their statusCode
// stands for those without a row of their own.
func (g *GraphQLError) kind() Kind {
	x := g.Extensions
	switch {
	case x.Scope != "":
		return ScopeMissing
	case x.Code == "RATE_LIMIT_ERROR" || x.StatusCode == 429:
		return RateLimited
	case x.StatusCode >= 500 || x.Code == "INTERNAL_SERVER_ERROR":
		return ServerFault
	case x.StatusCode == 401 || x.StatusCode == 403 || x.Code == "FORBIDDEN" || x.Code == "UNAUTHORIZED" || x.Code == ssoCode:
		return NoAccess
	case x.StatusCode == 404 || strings.HasSuffix(x.Code, "_NOT_FOUND"):
		return NotFound
	default:
		return InvalidQuery
	}
}

// ssoCode comes when the token's owner has no valid single sign-on session in
// a workspace that asks for one.
const ssoCode = "SSO_SESSION_MISSING_OR_EXPIRED_ERROR"

func (g *GraphQLError) path() string {
	parts := make([]string, len(g.Path))
	for i, p := range g.Path {
		parts[i] = fmt.Sprint(p)
	}
	return strings.Join(parts, ".")
}

// maxSaid is how much of a server's own words a message quotes: an internal
// error holds whole SQL statements.
const maxSaid = 300

func said(text string) string {
	runes := []rune(strings.Join(strings.Fields(secret.Mask(text)), " "))
	if len(runes) > maxSaid {
		return string(runes[:maxSaid]) + "…"
	}
	return string(runes)
}

// fromGraphQL makes one error of the entries of an answer. What can't be
// mended by waiting comes first: it decides whether to try again.
func fromGraphQL(status int, entries []GraphQLError) *Error {
	worst := &entries[0]
	for i := range entries {
		if final(entries[i].kind()) && !final(worst.kind()) {
			worst = &entries[i]
		}
	}
	e := &Error{Kind: worst.kind(), Status: status, Scope: worst.Extensions.Scope, Path: worst.path(), Errors: entries}
	field := e.Path
	if field == "" {
		field = "the query"
	}
	switch {
	case e.Kind == ScopeMissing:
		e.Message = fmt.Sprintf("the token lacks the scope %s, which %s needs", e.Scope, field)
		e.Hint = "make a token with this scope and no more than the query needs"
	case worst.Extensions.Code == ssoCode:
		e.Message = "the workspace asks for single sign-on, and the token's owner has no valid session"
		e.Hint = "the owner has to log in to the workspace in a browser; a token can't renew the session"
	default:
		e.Message = fmt.Sprintf("%s: %s", field, said(worst.Message))
	}
	if more := len(entries) - 1; more > 0 {
		e.Message += fmt.Sprintf(" (and %d more errors)", more)
	}
	return e
}

func final(k Kind) bool { return !(&Error{Kind: k}).Retryable() }
