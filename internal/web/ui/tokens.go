package ui

import (
	"cmp"
	"net/http"
	"slices"
	"strconv"

	"speckle-runner/internal/jobs"
	"speckle-runner/internal/secret"
	"speckle-runner/internal/speckle/preflight"
	"speckle-runner/internal/speckle/query"
)

// tokenRow is a place that a token is read from, for all jobs that use it.
type tokenRow struct {
	Source, Server string
	ID             string // the public one; "" while it isn't known
	Owner          string
	Mark, State    string
	Ends           string
	EndsAt         moment
	Jobs           []string
	MoreJobs       int
	Needed         []string
	Lacking        []string
	Extra          []string // that no job needs
	Asked          string

	needs query.Needs
}

const (
	// tokenUsers is how many jobs of a token are named.
	tokenUsers = 8
	// pageTokens is how many tokens a page shows.
	pageTokens = 50
)

// tokensPage is some of all tokens, those first that need somebody.
type tokensPage struct {
	Rows  []*tokenRow
	All   int64
	Pager []choice
}

// urgency orders tokens by how they are.
var urgency = map[string]int{"failed": 0, "late": 1, "scheduled": 2, "succeeded": 3}

func (u *UI) tokens(w http.ResponseWriter, r *http.Request) error {
	type place struct {
		server string
		source secret.Source
	}
	rows := map[place]*tokenRow{}
	known := map[place]*Token{}
	type used struct {
		at    place
		query *query.Query
		looks bool // for new versions, which needs scopes of its own
	}
	seen := map[used]bool{} // thousands of jobs may share a query
	var order []place
	for _, job := range u.o.Scheduler.File().Jobs {
		at := place{job.Server.Origin(), job.Token}
		row := rows[at]
		if row == nil {
			row = &tokenRow{Source: at.source.Short(), Server: at.server}
			rows[at], order = row, append(order, at)
		}
		if use := (used{at, job.Query, job.OnVersion != nil}); job.Query == nil || job.ForEach != nil || !seen[use] {
			seen[use] = job.ForEach == nil
			if len(row.Jobs) > 0 {
				row.needs = row.needs.Join(job.Needs())
			} else { // mostly a token has one job: nothing has to be joined
				row.needs = job.Needs()
			}
		}
		if token := u.o.Token(job.Name); token != nil && (known[at] == nil || token.CheckedAt.After(known[at].CheckedAt)) {
			known[at] = token
		}
		if len(row.Jobs) < tokenUsers {
			row.Jobs = append(row.Jobs, job.Name)
		} else {
			row.MoreJobs++
		}
	}
	var all []*tokenRow
	for _, at := range order {
		u.judge(rows[at], known[at], u.o.Scheduler.Job(rows[at].Jobs[0]))
		all = append(all, rows[at])
	}
	slices.SortStableFunc(all, func(a, b *tokenRow) int { return cmp.Compare(urgency[a.Mark], urgency[b.Mark]) })
	asked, _ := strconv.Atoi(r.URL.Query().Get("page")) // no number is the first page
	from, to, _, links := pageOf(len(all), pageTokens, asked, func(n int) string { return "/tokens?page=" + strconv.Itoa(n) })
	for _, row := range all[from:to] {
		row.Needed = row.needed()
	}
	return u.render(w, http.StatusOK, "tokens.html", frame{Title: "Tokens", Here: "/tokens",
		Page: tokensPage{all[from:to], int64(len(all)), links}})
}

// needed lists the scopes that its jobs ask for.
func (r *tokenRow) needed() []string {
	return slices.Sorted(slices.Values(slices.Concat(r.needs.Scopes, r.needs.Soft)))
}

// judge says how a token is, as far as anybody knows.
func (u *UI) judge(row *tokenRow, t *Token, user *jobs.Job) {
	v := view{u.now(), user.Zone}
	if t == nil {
		row.Mark, row.State = "scheduled", "Not asked about yet"
		return
	}
	row.ID, row.Owner, row.Asked = t.ID, secret.Mask(t.Owner), ago(t.CheckedAt, v.now)
	row.Mark, row.State = "succeeded", "Good"
	if t.Listed {
		needed := row.needed()
		row.Lacking, row.Extra = without(needed, t.Scopes), without(t.Scopes, needed)
	}
	if t.ExpiresAt != nil {
		row.Ends, row.EndsAt = ago(*t.ExpiresAt, v.now), v.at(*t.ExpiresAt)
	}
	switch {
	case t.Unasked:
		row.Mark, row.State = "late", "The server couldn't be asked: "+secret.Mask(firstLine(t.Error))
	case !t.OK:
		row.Mark, row.State = "failed", secret.Mask(firstLine(t.Error))
	case len(row.Lacking) > 0:
		row.Mark, row.State = "late", "Lacks scopes"
	case t.ExpiresAt != nil && t.ExpiresAt.Sub(v.now) < preflight.Soon:
		row.Mark, row.State = "late", "Ends soon"
	}
}

// without gives what is in one list and not in the other.
func without(all, but []string) []string {
	return slices.DeleteFunc(slices.Clone(all), func(s string) bool { return slices.Contains(but, s) })
}
