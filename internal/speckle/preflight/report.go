package preflight

import (
	"errors"
	"strings"
	"time"

	"speckle-runner/internal/said"
	"speckle-runner/internal/speckle"
)

// Report is what a job would meet. Unknown fields are zero.
type Report struct {
	Version  string // of the server
	Token    Token
	Findings []Finding

	words said.Words // how the server's texts are shown
}

// Token is what a token tells of itself.
type Token struct {
	Accepted bool
	Owner    string // name and, where the token may read it, address
	Role     string // of the owner on the server, "SERVER_USER"
	Mail     bool   // the owner's address can be read
	Profile  bool   // profile:read is among the scopes

	Listed  bool // the rest is known: the token has tokens:read
	Name    string
	Scopes  []string
	Expires time.Time // zero: in more than 50 years
}

// Finding is one thing that was found out, or couldn't be.
type Finding struct {
	About   About   `json:"about"`
	Verdict Verdict `json:"verdict"`
	Text    string  `json:"text"`
	Hint    string  `json:"hint,omitempty"`
}

// About says what a finding is about.
type About string

// What findings are about, in the order in which they come.
const (
	AboutServer About = "server"
	AboutToken  About = "token"
	AboutOwner  About = "owner"
	AboutExpiry About = "expiry"
	AboutScopes About = "scopes"
	AboutQuery  About = "query"
	AboutIDs    About = "ids"
)

// Verdict says how a finding is.
type Verdict string

// Verdicts. Untold is what the server doesn't say.
const (
	Good   Verdict = "ok"
	Warned Verdict = "warning"
	Failed Verdict = "failed"
	Untold Verdict = "unknown"
)

// Bad reports whether something failed, of one kind or of any.
func (r *Report) Bad(about ...About) bool {
	for _, f := range r.Findings {
		for _, a := range about {
			if f.Verdict == Failed && f.About == a {
				return true
			}
		}
		if f.Verdict == Failed && len(about) == 0 {
			return true
		}
	}
	return false
}

func (r *Report) add(about About, verdict Verdict, text, hint string) {
	r.Findings = append(r.Findings, Finding{about, verdict, r.words.Line(text, speckle.MaxSaid), r.words.Line(hint, speckle.MaxSaid)})
}

// server tells of a question that had no answer.
func (r *Report) server(err error) {
	var hint string
	if failed, ok := errors.AsType[*speckle.Error](err); ok {
		hint = failed.Hint
		if failed.Kind == speckle.RateLimited {
			hint = "ask again later"
		}
		r.add(AboutServer, Failed, failed.Message, hint)
		return
	}
	r.add(AboutServer, Failed, err.Error(), hint)
}

func listOf(names []string) string { return strings.Join(names, ", ") }
