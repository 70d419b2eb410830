package jobs_test

import (
	"flag"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"speckle-runner/internal/jobs"
	"speckle-runner/internal/jobs/document"
)

var update = flag.Bool("update", false, "write the golden files anew")

// load reads a file of testdata by a name that is the same on every machine.
func load(t *testing.T, path string) (*jobs.File, document.Problems) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Dir(path)
	return jobs.Load("jobs.yaml", data, func(name string) ([]byte, error) {
		return os.ReadFile(filepath.Join(dir, filepath.FromSlash(name)))
	})
}

func files(t *testing.T, pattern string) []string {
	t.Helper()
	paths, err := filepath.Glob(pattern)
	if err != nil || len(paths) == 0 {
		t.Fatalf("no files %s: %v", pattern, err)
	}
	return paths
}

// Each file breaks one rule; what a user is told of it stands beside it. After
// a change of messages, read what go test ./internal/jobs -update writes.
func TestBadFiles(t *testing.T) {
	jobs.JudgeFor("linux")
	defer jobs.JudgeFor(runtime.GOOS)
	for _, path := range files(t, "testdata/bad/*.yaml") {
		name := strings.TrimSuffix(filepath.Base(path), ".yaml")
		t.Run(name, func(t *testing.T) {
			file, problems := load(t, path)
			if warnings := strings.HasPrefix(name, "warning-"); (file != nil) != warnings {
				t.Errorf("loaded: %t, with the problems\n%s", file != nil, problems.Error())
			}
			if len(problems) == 0 {
				t.Error("no problem is reported")
			}
			golden := strings.TrimSuffix(path, ".yaml") + ".txt"
			got := problems.Error() + "\n"
			if *update {
				if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if got != string(want) {
				t.Errorf("told:\n%s\nwant:\n%s", got, want)
			}
		})
	}
}

// Two names that are one file on a system are refused there, and a warning
// elsewhere.
func TestNamesAreJudgedForTheSystem(t *testing.T) {
	defer jobs.JudgeFor(runtime.GOOS)
	for _, c := range []struct {
		file                string
		linux, windows, mac bool // loads
	}{
		{"warning-path-capitals", true, false, false},
		{"warning-path-accents", true, true, false},
		{"warning-path-own-file", true, false, false},
		{"path-own-file", false, false, false},
	} {
		for system, want := range map[string]bool{"linux": c.linux, "windows": c.windows, "darwin": c.mac} {
			jobs.JudgeFor(system)
			if file, problems := load(t, "testdata/bad/"+c.file+".yaml"); (file != nil) != want {
				t.Errorf("%s on %s: %s", c.file, system, problems)
			}
		}
	}
}
