package main

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"speckle-runner/internal/speckle/fake"
)

// fullDisk takes nothing.
type fullDisk struct{}

func (fullDisk) Write([]byte) (int, error) {
	return 0, errors.New("write /dev/stdout: no space left on device")
}

// TestResultsThatNobodyCanRead: a command that did all it was asked for, and can't
// print it, doesn't end well; what it did stays. One that had failed keeps its code.
func TestResultsThatNobodyCanRead(t *testing.T) {
	server, err := fake.Start(fake.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { server.Close() })
	token := fake.NewToken("read", "streams:read")
	server.AddTokens(token)
	t.Setenv("TOKEN_READ", token.Token)
	t.Setenv("NO_TOKEN", "")
	dir := t.TempDir()
	file := filepath.Join(dir, "jobs.yaml")
	text := `server: ` + server.URL + `
x-query: &query |
  query Models($projectId: String!, $limit: Int!, $cursor: String) {
    project(id: $projectId) { models(limit: $limit, cursor: $cursor) { totalCount cursor items { id } } }
  }
defaults: { token_env: TOKEN_READ }
jobs:
  models: { schedule: "@daily", query: *query, variables: { projectId: ` + fake.TowerID + ` }, outputs: [{ file: models.json }] }
  locked: { schedule: "@daily", query: *query, variables: { projectId: ` + fake.TowerID + ` }, outputs: [{ file: other.json }], token_env: NO_TOKEN }
`
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	const tick = "2026-03-02T00:00:00Z"
	for _, one := range []struct {
		line string
		code int
	}{
		{"run models --dry-run", 1},
		{"run models --tick " + tick, 1},
		{"backfill models --from " + tick + " --to " + tick, 1},
		{"show models-20260302T000000Z", 1},
		{"runs", 1},
		{"runs -o json", 1},
		{"validate", 1},
		{"next -n 1", 1},
		{"version", 1},
		{"help", 1},
		{"run --help", 1},
		{"run locked", 4},
		{"run locked -o json", 4},
		{"nothing", 2},
	} {
		var told bytes.Buffer
		args := append(strings.Fields(one.line), "-f", file, "--output-dir", dir, "--database", "sqlite:"+filepath.Join(dir, "runner.db"))
		code := execute(t.Context(), args, streams{out: fullDisk{}, err: &told})
		said := strings.Contains(told.String(), "runner: write /dev/stdout: no space left on device\n")
		if code != one.code || said != (code == 1) {
			t.Errorf("%s: exit code %d, want %d, and it says\n%s", one.line, code, one.code, told.String())
		}
	}
	if _, err := os.Stat(filepath.Join(dir, "models.json")); err != nil {
		t.Errorf("the run was not made: %v", err)
	}
	var told bytes.Buffer
	first := filepath.Join(dir, "first.yaml")
	if code := execute(t.Context(), []string{"init", "-f", first}, streams{out: fullDisk{}, err: &told}); code != 1 {
		t.Errorf("init: exit code %d: %s", code, told.String())
	}
}
