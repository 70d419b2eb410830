package jobs

import (
	"fmt"
	"slices"
	"strings"

	"speckle-runner/internal/jobs/document"
	"speckle-runner/internal/jobs/shape"
	"speckle-runner/internal/jobs/spelling"
	"speckle-runner/internal/said"
	"speckle-runner/internal/secret"
	"speckle-runner/internal/speckle/query"
)

// Needs is what the job asks of its token: its query or its elements, and the
// query of for_each.
func (j *Job) Needs() query.Needs {
	var needs query.Needs
	if j.Elements != nil {
		needs = elementsNeeds()
	} else {
		needs = j.Query.Needs()
	}
	if j.ForEach != nil {
		needs = needs.Join(j.ForEach.Query.Needs())
	}
	if j.OnVersion != nil {
		needs = needs.Join(lookNeeds())
	}
	return needs
}

// askable reports whether the job's queries could be read: what can't be is
// told already, and its needs aren't known.
func (j *Job) askable() bool {
	return (j.Query != nil || j.Elements != nil) && (j.ForEach == nil || j.ForEach.Query != nil)
}

// scopes takes a job's scopes, once its queries are known. A server may have
// others than its open source, so a strange one is a warning.
func (l *loader) scopes(given shape.Texts, out *Job) []string {
	if !given.Given() {
		return nil
	}
	for _, one := range given.List {
		if !slices.Contains(shape.KnownScopes(), one.Value) {
			hint := spelling.DidYouMean(one.Value, shape.KnownScopes())
			if hint == "" {
				hint = "scopes are written like streams:read or users:read"
			}
			l.Warning(one.At, document.Problem{Message: "Speckle's open source server has no scope " + said.Quoted(one.Value), Hint: hint})
		}
	}
	l.scoped = append(l.scoped, scoped{given, out})
	if out.askable() {
		l.enough(given, out)
	}
	return append([]string{}, given.Values()...)
}

// enough holds the scopes of a job against what its queries need.
func (l *loader) enough(given shape.Texts, out *Job) {
	have, needs, what := given.Values(), out.Needs(), "the query needs"
	if out.Elements != nil {
		what = "reading elements needs"
	}
	if out.OnVersion != nil {
		what = strings.TrimSuffix(what, " needs") + " and on_version need"
	}
	lacking := func(needed []string) []string {
		return slices.DeleteFunc(slices.Clone(needed), func(scope string) bool { return slices.Contains(have, scope) })
	}
	if missing := lacking(needs.Scopes); len(missing) > 0 {
		var why []string
		for _, scope := range missing {
			why = append(why, fmt.Sprintf("%s, for %s", scope, some(needs.Because[scope])))
		}
		l.Problem(given.At, document.Problem{
			Message: what + " more scopes: " + strings.Join(why, "; "),
			Hint:    "write scopes: [" + strings.Join(append(slices.Clone(have), missing...), ", ") + "], and give the token no more than that",
		})
	}
	for _, scope := range lacking(needs.Soft) {
		l.Warning(given.At, document.Problem{
			Message: fmt.Sprintf("without %s the server leaves %s empty, and says nothing", scope, some(needs.Because[scope])),
			Hint:    "add the scope, or take the field out of the query",
		})
	}
}

// tokenPlace is where a token is, and for which server.
type tokenPlace struct {
	source secret.Source
	origin string
}

// excess warns of scopes that no job with the same token asks for. Where a
// query has fields that aren't known, none is one too many for sure.
func (l *loader) excess(all []*Job) {
	asked := map[tokenPlace][]string{}
	open := map[tokenPlace]bool{}
	place := func(j *Job) tokenPlace { return tokenPlace{j.Token, j.Server.Origin()} }
	if len(l.scoped) == 0 {
		return
	}
	for _, j := range all {
		if !j.askable() {
			open[place(j)] = true
			continue
		}
		needs := j.Needs()
		open[place(j)] = open[place(j)] || len(needs.Unknown) > 0
		for _, scope := range slices.Concat(needs.Scopes, needs.Soft, needs.Advised) {
			if !slices.Contains(asked[place(j)], scope) {
				asked[place(j)] = append(asked[place(j)], scope)
			}
		}
	}
	for _, s := range l.scoped {
		for _, one := range s.given.List {
			if at := place(s.job); !open[at] && slices.Contains(shape.KnownScopes(), one.Value) && !slices.Contains(asked[at], one.Value) {
				l.Warning(one.At, document.Problem{
					Message: "nothing that is read with this token needs " + one.Value,
					Hint:    "leave it out: a token that may do less does less harm when it is lost",
				})
			}
		}
	}
}

// some names the first of many fields.
func some(fields []string) string {
	const most = 3
	if rest := len(fields) - most; rest > 0 {
		return fmt.Sprintf("%s and %d more", strings.Join(fields[:most], ", "), rest)
	}
	return strings.Join(fields, ", ")
}
