package report_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"speckle-runner/internal/jobs"
	"speckle-runner/internal/report"
)

// TestNewTokensCountJobs: what shares a token are jobs, however many.
func TestNewTokensCountJobs(t *testing.T) {
	t.Parallel()
	for n, want := range map[int]string{4: "(j0, j1, j2, j3):", 5: "(j0, j1, j2, j3 and 1 more job):",
		23: "(j0, j1, j2, j3 and 19 more jobs):"} {
		text := "server: https://speckle.test\njobs:\n"
		for i := range n {
			text += fmt.Sprintf("  j%d: { schedule: manual, token_env: SHARED, query: '{ serverInfo { version } }', outputs: [{ file: "+
				"'{job}.json' }] }\n", i)
		}
		file, problems := jobs.Load("jobs.yaml", []byte(text), nil)
		if file == nil {
			t.Fatal(problems.Error())
		}
		var out bytes.Buffer
		if err := report.Scopes(&out, file.Jobs); err != nil || !strings.Contains(out.String(), "New Token for SHARED "+want) {
			t.Errorf("%d jobs: %s", n, out.String())
		}
	}
}
