package run_test

import (
	"strings"
	"testing"

	"speckle-runner/internal/run"
	"speckle-runner/internal/speckle/fake"
)

// TestHiddenProjects: what single sign-on hides is named, and isn't missing
// where the query asks for the number.
func TestHiddenProjects(t *testing.T) {
	const mine = `    query: "query Mine($limit: Int!, $cursor: String) { activeUser { projects(limit: $limit, cursor: $cursor) { totalCount numberOfHidden cursor items { id } } } }"
    outputs: [{ file: mine.ndjson }]
`
	b := newRig(t)
	all := b.attempt(b.job(mine), 1)
	if all.State != run.Succeeded || len(all.Warnings) > 0 {
		t.Fatal(all.State, all.Error, all.Warnings)
	}
	b.server.SetFaults(fake.Fault{Kind: fake.SignOnOver, Rows: 2})
	result := b.attempt(b.job(mine), 1)
	const told = "activeUser.projects: 2 are hidden from this token (single sign-on): its owner has to sign in to the workspace again"
	if result.State != run.Succeeded || result.Records != all.Records-2 || strings.Join(result.Warnings, "|") != told {
		t.Errorf("%s %s, %d of %d records, %q", result.State, result.Error, result.Records, all.Records, result.Warnings)
	}
	result = b.attempt(b.job(strings.Replace(mine, "numberOfHidden ", "", 1)), 1)
	if result.State != run.Failed || !strings.Contains(result.Error, "select numberOfHidden beside totalCount") {
		t.Errorf("%s %s", result.State, result.Error)
	}
}
