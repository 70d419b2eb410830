package speckle

import (
	"time"

	"speckle-runner/internal/speckle/query"
)

// Kind says what went wrong, for exit codes and for whether to try again.
type Kind string

// The kinds of errors that a server or the way to it can give.
const (
	Network    Kind = "network"     // no answer, or it broke off
	Timeout    Kind = "timeout"     // no answer in time, or the run's own time is over
	Canceled   Kind = "canceled"    // the run was stopped
	Redirected Kind = "redirected"  // the server points elsewhere; never followed
	Untrusted  Kind = "certificate" // the server's certificate is refused
	// WrongProtocol: only one side speaks TLS, or the other one doesn't speak HTTP.
	WrongProtocol Kind = "protocol"
	ProxyRefused  Kind = "proxy"         // a proxy on the way doesn't let the request through
	TokenRefused  Kind = "token refused" // none, unknown, expired or revoked: the server says the same for the last three
	ScopeMissing  Kind = "scope missing" // Error.Scope names it
	NoAccess      Kind = "no access"     // the account may not read it
	NotFound      Kind = "not found"     // no such project, model or version
	NotReady      Kind = "not ready"     // it may be there later, or never be given to this token
	RateLimited   Kind = "rate limited"  // Error.RetryAfter says when, if the server did
	ServerFault   Kind = "server fault"  // its own error, in a status or inside HTTP 200
	NoValue       Kind = "no value"      // a field that always has a value has none: its feature is off
	InvalidQuery  Kind = "invalid query" // refused before or while it ran
	Partial       Kind = "partial"       // data beside errors that no other kind names
	NotSpeckle    Kind = "not speckle"   // something else answered: a web page, a wrong path
	BadAnswer     Kind = "bad answer"    // not the JSON that was promised
	TooLarge      Kind = "too large"     // more than this program takes in one piece
	OverBudget    Kind = "over budget"   // more than the run's Budget, max_bytes
	PagingFault   Kind = "paging"        // pages that would never end
)

// Error is every failure of a request. Its text never holds a token.
type Error struct {
	Kind       Kind
	Status     int            // HTTP status, 0 without an answer
	Message    string         // what happened, masked
	Hint       string         // what a person can do, may be ""
	Code       string         // extensions.code of the entry that decided
	Scope      string         // the missing scope
	Path       string         // field that was refused or is missing, "project.team"
	RetryAfter time.Duration  // 0: the server gave none
	Errors     []GraphQLError // what the server listed
	RequestID  string         // by which the server's log knows the request, "" without

	cause  error
	cut    bool // the answer broke off: the next one may not
	unsent bool // nothing was sent: even a mutation may be tried again
}

// Error gives one line: what happened, what to do, and the id by which the server's log has
// the request.
func (e *Error) Error() string {
	text := e.Message
	if e.Hint != "" {
		text += " (" + e.Hint + ")"
	}
	if e.RequestID != "" {
		text += " [x-request-id " + e.RequestID + "]"
	}
	return text
}

// Unwrap gives the network's own error, so that callers can see a deadline.
func (e *Error) Unwrap() error { return e.cause }

// Retryable reports whether the same request may succeed later.
func (e *Error) Retryable() bool {
	switch e.Kind {
	case Network, Timeout, RateLimited, ServerFault, NotReady:
		return true
	}
	return e.cut
}

// repeatable reports whether the query may be sent again. A mutation may have been carried
// out, unless the server refused it or never saw it.
func (e *Error) repeatable(q *query.Query) bool {
	return e.Retryable() && (q.Kind != query.OperationMutation || e.Kind == RateLimited || e.unsent)
}

// GraphQLError is one entry of an answer's errors, with its texts as they may
// be shown.
type GraphQLError struct {
	Message    string     // at most some 300 characters
	Locations  []Location // in the query as it was sent
	Path       string     // response keys and indexes, "project.models.items.3"
	Code       string     // extensions.code
	Scope      string     // extensions.scope
	StatusCode int        // extensions.statusCode, 0: none
}

// Location is a place in the query, from 1.
type Location struct {
	Line   int `json:"line"`
	Column int `json:"column"`
}

// MaxSaid is how many characters of a server's own words a message quotes: an
// internal error holds whole SQL statements.
const MaxSaid = 300
