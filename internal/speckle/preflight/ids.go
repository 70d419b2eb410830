package preflight

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"

	"speckle-runner/internal/speckle"
	"speckle-runner/internal/speckle/query"
)

// ids looks for what the queries name: a project that isn't there, or that the
// token can't see, else fails the first night. One request a query; a mutation
// is left alone, and so is what only a run knows.
func (a *asker) ids(ctx context.Context, r *Report, queries []AskedQuery) {
	var found []string
	for _, one := range queries {
		if l := one.Query.Lookup(one.Key, one.Given); l.Text != "" {
			found = append(found, a.look(ctx, r, l)...)
		}
	}
	if len(found) > 0 {
		r.add(AboutIDs, Good, "found: "+listOf(slices.Compact(found)), "")
	}
}

// look asks for the things of one query, and gives those that are there.
func (a *asker) look(ctx context.Context, r *Report, l query.Lookup) (found []string) {
	ctx, cancel := context.WithTimeout(ctx, questionTimeout)
	defer cancel()
	q, problems := query.Parse(l.Text)
	if q == nil {
		r.add(AboutIDs, Untold, "what the query names can't be looked for: "+problems[0].Message, "")
		return nil
	}
	data, err := a.bearer.Ask(ctx, q, l.Variables)
	failed, typed := errors.AsType[*speckle.Error](err)
	if err != nil && (!typed || len(failed.Errors) == 0) {
		r.add(AboutIDs, Untold, "what the query names can't be looked for: "+err.Error(), "")
		return nil
	}
	var answer any
	_ = json.Unmarshal(data, &answer)
	var refused []string
	for _, thing := range l.Things {
		if slices.ContainsFunc(refused, func(path string) bool { return strings.HasPrefix(thing.Path, path+".") }) {
			continue // it lies below one that can't be read
		}
		verdict, why, hint := thereIs(thing, failed, answer)
		if verdict == Good {
			found = append(found, thing.What)
			continue
		}
		refused = append(refused, thing.Path)
		if why != "" {
			r.add(AboutIDs, verdict, thing.Place+thing.What+": "+why, hint)
		}
	}
	return found
}

// thereIs says whether one thing is there; without a reason somebody else tells it.
func thereIs(thing query.Named, failed *speckle.Error, answer any) (verdict Verdict, why, hint string) {
	if failed != nil {
		for i := range failed.Errors {
			g := &failed.Errors[i]
			switch at := g.Path == thing.Path; {
			case at && g.Kind() == speckle.NotFound:
				return Failed, g.Message, "look at the id: it is the part behind /projects/, /models/ or @ of an address"
			case at && g.Kind() == speckle.NoAccess:
				return Failed, g.Message, "the token's owner can't see it: ask for access, or use a token of somebody who can"
			case at && g.Kind() == speckle.InvalidQuery, at && g.Kind() == speckle.ScopeMissing, g.Path == "":
				return Untold, "", "" // the query's and the scopes' findings say it
			case at:
				return Untold, g.Message, ""
			}
		}
		return Good, "", "" // no error is its own
	}
	for key := range strings.SplitSeq(thing.Path, ".") {
		object, is := answer.(map[string]any)
		if !is || object[key] == nil {
			return Failed, "there is no such thing, or the token can't see it", ""
		}
		answer = object[key]
	}
	return Good, "", ""
}
