package preflight

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"speckle-runner/internal/speckle"
	"speckle-runner/internal/speckle/query"
)

// probes ask for one scope each: a server that misses it says so before it
// looks for anything. The ids are nobody's. Scopes that only mutations need
// have none.
var probes = map[string]string{ //nolint:gosec // queries that try a scope
	"profile:read":            `{ activeUser { id } }`,
	"tokens:read":             `{ activeUser { apiTokens { id } } }`,
	"streams:read":            `{ project(id: "0000000000") { id } }`,
	"users:read":              `{ otherUser(id: "0000000000") { id } }`,
	"workspace:read":          `{ workspaceBySlug(slug: "0000000000") { id } }`,
	"server:stats":            `{ admin { serverStatistics { totalProjectCount } } }`,
	"apps:read":               `{ apps { id } }`,
	"automate-functions:read": `{ automateFunction(id: "0000000000") { id } }`,
}

// holding is what is known of whether a token has a scope.
type holding int

const (
	untold holding = iota
	has
	lacks
)

// scopes holds the token's scopes against what the job needs.
func (a *asker) scopes(ctx context.Context, r *Report, asked Asked) {
	var missing, untellable, held []string
	for _, scope := range asked.Needs.Scopes {
		switch a.holds(ctx, &r.Token, scope) {
		case has:
			held = append(held, scope)
		case lacks:
			missing = append(missing, scope)
		default:
			untellable = append(untellable, scope)
		}
	}
	needs := asked.Needs
	for _, scope := range missing {
		r.add(AboutScopes, Failed, "the token lacks "+scope+", which "+listOf(needs.Because[scope])+" needs",
			"make a token with this scope, and no more than runner scopes says")
	}
	if len(untellable) > 0 {
		r.add(AboutScopes, Untold, "whether the token has "+listOf(untellable)+" can't be asked", "a token with tokens:read can say so itself")
	}
	if len(missing)+len(untellable) == 0 {
		r.add(AboutScopes, Good, "enough: "+cmp.Or(listOf(held), "none is needed"), "")
	}
	for _, scope := range needs.Soft {
		if a.holds(ctx, &r.Token, scope) == lacks {
			r.add(AboutScopes, Warned, listOf(needs.Because[scope])+" will be empty: the token lacks "+scope, "")
		}
	}
	if len(needs.Unknown) > 0 {
		r.add(AboutScopes, Untold, "what "+listOf(needs.Unknown)+" needs isn't known: the open source schema doesn't have it", "")
	}
	r.excess(asked)
	r.roles(needs)
}

// holds finds out whether the token has a scope, by the cheapest way there is.
func (a *asker) holds(ctx context.Context, t *Token, scope string) holding {
	is := func(it bool) holding {
		if it {
			return has
		}
		return lacks
	}
	switch {
	case t.Listed:
		return is(slices.Contains(t.Scopes, scope) || slices.Contains(t.Scopes, "*"))
	case scope == "profile:read":
		return is(t.Profile)
	case scope == "profile:email" && t.Profile:
		return is(t.Mail)
	case probes[scope] == "":
		return untold
	}
	_, err := ask(ctx, a.bearer, probes[scope])
	failed, typed := errors.AsType[*speckle.Error](err)
	switch {
	case err == nil, typed && failed.Kind == speckle.NotFound:
		return has
	case typed && failed.Kind == speckle.ScopeMissing && failed.Scope == scope:
		return lacks
	case typed && slices.Contains(behindScopes, failed.Code):
		return has
	}
	return untold // another scope, a role, or no answer
}

// behindScopes are errors that a server gives only after it looked at scopes.
var behindScopes = []string{"WORKSPACES_MODULE_DISABLED_ERROR", "AUTOMATE_MODULE_DISABLED_ERROR"}

// excess warns of scopes that no job with this token needs. What a token needs
// to be seen here doesn't count.
func (r *Report) excess(asked Asked) {
	if !r.Token.Listed || len(asked.Shared.Unknown) > 0 {
		return
	}
	needed := slices.Concat(asked.Shared.Scopes, asked.Shared.Soft, asked.Shared.Advised, []string{"profile:read", "tokens:read"})
	var more []string
	for _, scope := range r.Token.Scopes {
		if !slices.Contains(needed, scope) {
			more = append(more, scope)
		}
	}
	if len(more) > 0 {
		r.add(AboutScopes, Warned, "the token may do more than its jobs need: "+listOf(more), "a smaller token does less harm when it is lost")
	}
}

// roles holds the owner's role on the server against what the job needs.
func (r *Report) roles(needs query.Needs) {
	ranks := query.RoleRanks[0]
	for _, role := range needs.Roles {
		want, have := slices.Index(ranks, role), slices.Index(ranks, r.Token.Role)
		if want >= 0 && have >= 0 && have < want {
			r.add(AboutOwner, Failed, "the token's owner is "+r.Token.Role+", but "+listOf(needs.Roled[role])+" needs "+role,
				"use a token of somebody who is")
		}
	}
}
