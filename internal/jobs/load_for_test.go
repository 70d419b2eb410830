package jobs_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"speckle-runner/internal/jobs"
)

// TestWhoHasLeftIsntReadFor: no job is looked at after that in which somebody left.
func TestWhoHasLeftIsntReadFor(t *testing.T) {
	t.Parallel()
	var text strings.Builder
	text.WriteString("server: http://127.0.0.1:1\njobs:\n")
	for i := range 5 {
		fmt.Fprintf(&text, "  j%d: { schedule: manual, token_env: T, query_file: q%d.graphql, outputs: [{ file: \"{job}.json\" }] }\n", i, i)
	}
	for leaves, reads := range map[int]int{2: 2, 9: 5} {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		read := 0
		file, _, err := jobs.LoadFor(ctx, "jobs.yaml", []byte(text.String()), func(string) ([]byte, error) {
			if read++; read == leaves {
				cancel()
			}
			return []byte("{ serverInfo { name } }"), nil
		})
		if read != reads || (file == nil) != errors.Is(err, context.Canceled) || (err != nil) != (leaves < 5) {
			t.Errorf("who left at %d: %d files were read, want %d; %v", leaves, read, reads, err)
		}
	}
}
