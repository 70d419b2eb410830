package run_test

import (
	"strings"
	"testing"

	"speckle-runner/internal/run"
	"speckle-runner/internal/speckle/fake"
)

const slowJob = `    timeout: 1s
    query: |
      query Models($projectId: String!, $limit: Int!, $cursor: String) {
        project(id: $projectId) { models(limit: $limit, cursor: $cursor) { totalCount cursor items { id name } } }
      }
    variables: { projectId: $TOWER, limit: 10 }
    outputs: [{ file: "{job}.csv" }]
`

// A run whose time is over says how far it came: "reach the server" after 298
// pages would send people to look for a network.
func TestATimeoutSaysHowFarTheRunCame(t *testing.T) {
	for name, c := range map[string]struct {
		fault fake.Fault
		want  string
	}{
		"in the middle": {fake.Fault{Kind: fake.Hang, Page: 4},
			"the job's timeout of 1s is over: 30 of 140 records were read, with 3 pages; it was at: reach http://"},
		"at the start": {fake.Fault{Kind: fake.Hang}, "the job's timeout of 1s is over: nothing was read yet; it was at: reach http://"},
		"between tries": {fake.Fault{Kind: fake.HTMLStatus, Status: 503, Page: 3},
			"the job's timeout of 1s is over: 20 of 140 records were read, with 2 pages; it was at: the server failed with HTTP 503"},
	} {
		b := newRig(t)
		b.server.SetFaults(c.fault)
		result := b.attempt(b.job(slowJob), 1, func(*run.Request) {})
		if result.State != run.Failed || !strings.HasPrefix(result.Error, c.want) || strings.Count(result.Error, "timeout") != 1 ||
			result.Cause != "timeout" || result.Final || result.Passing {
			t.Errorf("%s: %s %q, %q", name, result.State, result.Error, result.Cause)
		}
	}
}
