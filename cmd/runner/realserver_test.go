package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestRealServer runs jobs against the Speckle server and with the token that
// the environment names; the token needs profile:read. It changes nothing there.
func TestRealServer(t *testing.T) {
	server, token := os.Getenv("RUNNER_TEST_SPECKLE_URL"), os.Getenv("RUNNER_TEST_SPECKLE_TOKEN")
	if server == "" || token == "" {
		t.Skip("NOT TESTED against a real server: set RUNNER_TEST_SPECKLE_URL and RUNNER_TEST_SPECKLE_TOKEN")
	}
	t.Setenv("REAL_TOKEN", token)
	t.Setenv("NO_SUCH_TOKEN", strings.Repeat("0123456789", 5)[:42])
	dir := t.TempDir()
	write(t, filepath.Join(dir, "jobs.yaml"), `
server: `+server+`
defaults: { retries: 0, token_env: REAL_TOKEN }
jobs:
  server:
    schedule: manual
    query: "{ serverInfo { name version } }"
    outputs: [{ file: server.json }]
  projects:
    schedule: manual
    query: |
      query Mine($limit: Int!, $cursor: String) {
        activeUser { projects(limit: $limit, cursor: $cursor) { totalCount numberOfHidden cursor items { id name updatedAt } } }
      }
    outputs: [{ file: projects.ndjson, manifest: true }]
  refused:
    schedule: manual
    token_env: NO_SUCH_TOKEN
    query: "{ serverInfo { version } }"
    outputs: [{ file: refused.json }]
`)
	ran := func(jobs ...string) (int, string) {
		var out, errs bytes.Buffer
		args := append([]string{"run", "-f", filepath.Join(dir, "jobs.yaml"), "--output-dir", dir, "--database",
			"sqlite:" + filepath.Join(dir, "runner.db")}, jobs...)
		code := execute(t.Context(), args, streams{out: &out, err: &errs})
		return code, out.String() + errs.String()
	}
	if code, text := ran("server", "projects"); code != exitOK {
		t.Errorf("exit code %d\n%s", code, text)
	}
	if text := read(t, filepath.Join(dir, "server.json")); !strings.Contains(text, `"version":`) {
		t.Errorf("server.json: %s", text)
	}
	if code, text := ran("refused"); code != exitToken {
		t.Errorf("exit code %d, want %d\n%s", code, exitToken, text)
	}
}
