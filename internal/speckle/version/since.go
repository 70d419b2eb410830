package version

import (
	"context"
	"fmt"
	"time"

	"speckle-runner/internal/speckle"
)

// sinceQuery asks a project for its newest versions. It is sent every few
// minutes, so it asks for no more than tells a version. Limit and cursor stand in
// it as they are: this package turns the pages itself, since it stops early.
const sinceQuery = `query RunnerNewVersions($project: String!) { project(id: $project) { versions(limit: %d%s) { items { id createdAt model { id } } } } }`

const (
	// firstLook is how many versions the first request of a look asks for: mostly
	// there is none that is new.
	firstLook = 10
	// largestLook is what a server gives at once; more is an error there.
	largestLook = 100
)

// New is a version as a look at its project finds it.
type New struct {
	ID, Model string
	Created   time.Time
}

// newest is a page of a project's versions.
type newest struct {
	Project *struct {
		Versions struct {
			Items []*struct {
				ID        string    `json:"id"`
				CreatedAt time.Time `json:"createdAt"`
				Model     *struct {
					ID string `json:"id"`
				} `json:"model"`
			} `json:"items"`
		} `json:"versions"`
	} `json:"project"`
}

// Since gives a project's versions that were made at an instant or after it, the
// newest first, each once. A zero instant gives the newest one and those of its
// instant: where a first look begins.
func Since(ctx context.Context, client *speckle.Client, project string, since time.Time) ([]New, error) {
	l := look{client: client, project: project, since: since, limit: firstLook, seen: map[string]bool{}}
	for more := true; more; {
		page, err := l.page(ctx)
		if err != nil {
			return nil, err
		}
		if more, err = l.take(page); err != nil {
			return nil, err
		}
	}
	return l.found, nil
}

// look is one reading of a project's versions.
type look struct {
	client  *speckle.Client
	project string
	since   time.Time // zero: not known before the first page
	limit   int
	cursor  time.Time // versions before it are read next; zero: the newest
	seen    map[string]bool
	found   []New
}

func (l *look) page(ctx context.Context) ([]New, error) {
	cursor := ""
	if !l.cursor.IsZero() {
		cursor = l.cursor.UTC().Format(`, cursor: "2006-01-02T15:04:05.000Z"`)
	}
	var answer newest
	if err := ask(ctx, l.client, fmt.Sprintf(sinceQuery, l.limit, cursor), map[string]string{"project": l.project}, &answer); err != nil {
		return nil, err
	}
	if answer.Project == nil {
		return nil, absent("project", "project "+l.project)
	}
	var page []New
	for _, item := range answer.Project.Versions.Items {
		if item == nil || item.ID == "" || item.Model == nil || item.CreatedAt.IsZero() {
			return nil, absent("project.versions.items", "a version of project "+l.project)
		}
		page = append(page, New{ID: item.ID, Model: item.Model.ID, Created: item.CreatedAt.UTC()})
	}
	return page, nil
}

// take takes what is new off a page, and says whether there may be more. The
// server's own cursor leaves out what shares its instant with a page's last row,
// so that the next page begins with that instant again.
func (l *look) take(page []New) (more bool, err error) {
	if l.since.IsZero() && len(page) > 0 {
		l.since = page[0].Created
	}
	for _, v := range page {
		if v.Created.Before(l.since) {
			return false, nil
		}
		if !l.seen[v.ID] {
			l.seen[v.ID] = true
			l.found = append(l.found, v)
		}
	}
	if len(page) < l.limit {
		return false, nil
	}
	next := page[len(page)-1].Created.Add(time.Millisecond)
	if !l.cursor.IsZero() && !next.Before(l.cursor) && l.limit == largestLook {
		return false, &speckle.Error{
			Kind: speckle.BadAnswer, Status: 200, Path: "project.versions",
			Message: fmt.Sprintf("%d versions or more of project %s were made in one instant, %s: the server gives no way past them", l.limit,
				l.project,
				page[len(page)-1].Created.Format(time.RFC3339Nano)),
		}
	}
	l.cursor, l.limit = next, largestLook
	return true, nil
}
