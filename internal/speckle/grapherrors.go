package speckle

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"speckle-runner/internal/said"
	"speckle-runner/internal/speckle/query"
)

// readGraphQLError reads what it can of an entry: a field of an unexpected type must not hide
// the error itself.
func readGraphQLError(text []byte, words said.Words) (g GraphQLError) {
	var entry, extensions map[string]json.RawMessage
	if json.Unmarshal(text, &entry) != nil {
		g.Message = words.Line(string(text), MaxSaid)
		return g
	}
	var path []any
	var status float64
	_ = json.Unmarshal(entry["message"], &g.Message)
	_ = json.Unmarshal(entry["locations"], &g.Locations)
	_ = json.Unmarshal(entry["path"], &path)
	_ = json.Unmarshal(entry["extensions"], &extensions)
	_ = json.Unmarshal(extensions["code"], &g.Code)
	_ = json.Unmarshal(extensions["scope"], &g.Scope)
	_ = json.Unmarshal(extensions["statusCode"], &status)
	if g.Message == "" {
		g.Message = string(text)
	}
	parts := make([]string, len(path))
	for i, p := range path {
		parts[i] = "?"
		switch p := p.(type) {
		case string:
			parts[i] = p
		case float64:
			parts[i] = strconv.FormatFloat(p, 'f', -1, 64)
		}
	}
	for _, text := range []*string{&g.Message, &g.Code, &g.Scope} {
		*text = words.Line(*text, MaxSaid)
	}
	g.Path, g.StatusCode = words.Line(strings.Join(parts, "."), MaxSaid), int(status)
	return g
}

// Kind gives the kind of an entry, by its code. Speckle has over 200 codes: those without a
// case of their own go by their statusCode.
func (g *GraphQLError) Kind() Kind {
	switch {
	case g.Scope != "":
		return ScopeMissing
	case g.Code == "RATE_LIMIT_ERROR" || g.StatusCode == 429:
		return RateLimited
	case g.noValue():
		return NoValue
	case g.StatusCode >= 500 || g.Code == "INTERNAL_SERVER_ERROR":
		return ServerFault
	case g.StatusCode == 401 || g.StatusCode == 403 || g.Code == "FORBIDDEN" || g.Code == "UNAUTHORIZED" || g.Code == ssoCode:
		return NoAccess
	case g.StatusCode == 404 || strings.HasSuffix(g.Code, "_NOT_FOUND") || strings.HasSuffix(g.Code, "NOT_FOUND_ERROR"):
		return NotFound
	default:
		return InvalidQuery
	}
}

// ssoCode comes when the token's owner has no valid single sign-on session in
// a workspace that asks for one.
const ssoCode = "SSO_SESSION_MISSING_OR_EXPIRED_ERROR"

// fromGraphQL makes one error of the entries of an answer. One that waiting doesn't mend
// counts first, because it decides whether to try again.
func fromGraphQL(status int, entries []GraphQLError, q *query.Query) *Error {
	worst := decisive(entries)
	e := &Error{Kind: worst.Kind(), Status: status, Code: worst.Code, Scope: worst.Scope, Path: worst.Path, Errors: entries}
	field := q.ReadablePath(e.Path)
	if field == "" {
		field = "the query"
	}
	switch {
	case e.Kind == ScopeMissing:
		e.Message = fmt.Sprintf("the token lacks the scope %s, which %s needs", e.Scope, field)
		e.Hint = "make a token with this scope and no more than the query needs"
	case worst.Code == ssoCode:
		e.Message = "the workspace asks for single sign-on, and the token's owner has no valid session"
		e.Hint = "the owner has to log in to the workspace in a browser; a token can't renew the session"
	default:
		e.Message = fmt.Sprintf("%s: %s", field, worst.Message)
		e.Hint = worst.hintOff()
		if e.Hint == "" && e.Kind == NotFound {
			e.Hint = lookHint
		}
	}
	if more := len(entries) - 1; more > 0 {
		e.Message += " (and " + said.Count(more, "more error") + ")"
	}
	return e
}

// lookHint is about what isn't found: Speckle says the same of what a token may not see.
const lookHint = "look at the id, and whether the token's owner may see it"

// decisive picks the entry that decides on the error. A null where none may be counts least:
// it follows from another entry's fault, where there is one.
func decisive(entries []GraphQLError) *GraphQLError {
	rank := func(g *GraphQLError) int {
		switch k := g.Kind(); {
		case k == NoValue:
			return 0
		case !final(k):
			return 1
		}
		return 2
	}
	worst := &entries[0]
	for i := range entries {
		if rank(&entries[i]) > rank(worst) {
			worst = &entries[i]
		}
	}
	return worst
}

func final(k Kind) bool { return !(&Error{Kind: k}).Retryable() }
