package run_test

import (
	"context"
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"

	"speckle-runner/internal/run"
)

// TestAMutationWhoseEndIsNotKnown isn't tried again; one that the server turned away, or
// never saw, is.
func TestAMutationWhoseEndIsNotKnown(t *testing.T) {
	for name, c := range map[string]struct {
		fails  string
		change func(b *rig, r *run.Request)
		state  run.State
		final  bool
		sent   string
	}{
		"done":                    {state: run.Succeeded, final: false, sent: "a"},
		"turned away":             {fails: "FORBIDDEN", state: run.Failed, final: true, sent: "a"}, // and would be again
		"broken off":              {fails: "502", state: run.Failed, final: true, sent: "a"},
		"done, and no file":       {change: func(b *rig, _ *run.Request) { b.folder("one.ndjson") }, state: run.Failed, final: true, sent: "a"},
		"done, and then canceled": {change: canceledAt("one.ndjson"), state: run.Interrupted, final: true, sent: "a"},
		"canceled before": {change: func(b *rig, _ *run.Request) {
			ctx, cancel := context.WithCancelCause(b.t.Context())
			cancel(errStop)
			b.ctx = ctx
		}, state: run.Interrupted, final: false},
	} {
		t.Run(name, func(t *testing.T) {
			b, d := newRig(t), &doer{}
			if c.fails != "" {
				d.fails = map[string]string{"a": c.fails}
			}
			server := httptest.NewServer(d)
			defer server.Close()
			job := b.job("    server: " + server.URL + `
    mutation: true
    query: "mutation One($name: String!) { projectMutations { create(input: {name: $name}) { id } } }"
    variables: { name: a }
    select: .projectMutations.create
    outputs: [{ file: one.ndjson }]
`)
			result := b.attempt(job, 1, func(r *run.Request) {
				if c.change != nil {
					c.change(b, r)
				}
			})
			if sent := strings.Join(d.sent, " "); result.State != c.state || result.Final != c.final || sent != c.sent {
				t.Errorf("%s, final %t, sent %s: %s", result.State, result.Final, sent, fmt.Sprint(result.Error))
			}
		})
	}
}
