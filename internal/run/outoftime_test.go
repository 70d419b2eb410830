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

// TestATimeoutOfAProgram: a program that never ends is no server that hangs.
func TestATimeoutOfAProgram(t *testing.T) {
	const first = " is over: the server had answered, and its first page wasn't through yet; it was at: "
	for name, c := range map[string]struct{ keys, want string }{
		"select":          {"    select: 'def f: f; f'\n", first + "select, at work on record 1 of page 1, which had come"},
		"that sees pages": {"    select: 'def f: f; [$data, f]'\n", first + "select, at work on record 1 of page 1, which had come"},
		"until":           {"    until: 'def f: f; f'\n", first + "until, at work on record 1, which had come"},
	} {
		for _, timeout := range []string{"1s", "4s", "16s", "1m"} {
			b := newRig(t)
			result := b.attempt(b.job(strings.Replace(slowJob, "1s", timeout, 1)+c.keys), 1)
			if strings.Contains(result.Error, "it was at: reach") && timeout != "1m" {
				continue // the machine is so busy that the server didn't come to answer
			}
			if result.State != run.Failed || !strings.HasSuffix(result.Error, c.want) || result.Cause != "timeout" {
				t.Errorf("%s: %s %q, %q", name, result.State, result.Error, result.Cause)
			}
			break
		}
	}
}

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
