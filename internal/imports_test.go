// Package internal_test holds what is true of the whole tree.
package internal_test

import (
	"bytes"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
)

// levels is the order of imports: a room imports rooms of its own line or of
// lower ones, never of a higher one.
var levels = []struct {
	rooms []string
	level int
}{
	{[]string{"cmd/runner", "bench", "test/chaos", "test/soak", "test/process"}, 9},
	{[]string{"internal/service", "internal/display", "internal/demo", "internal/report"}, 8},
	{[]string{"internal/web", "internal/look", "internal/remote", "internal/door"}, 7},
	{[]string{"internal/scheduler", "internal/arrivals", "internal/run", "internal/notify"}, 6},
	{[]string{"internal/message"}, 5},
	{[]string{"internal/store", "internal/jobs"}, 4},
	{[]string{"internal/output", "internal/speckle", "internal/summary"}, 3},
	{[]string{"internal/said", "internal/elements", "internal/owed", "internal/logging", "internal/tokens"}, 2},
	{[]string{"internal/secret", "internal/figures", "internal/pattern", "internal/proxy", "internal/build", "internal/starter",
		"internal/patience", "internal/nearby", "internal/daemon", "internal/tracing", "internal/commandline"}, 1},
	{[]string{"speckle-runner"}, 0}, // the root: files, no code
}

// strangers are rooms of one line that may not know each other.
var strangers = [][2]string{
	{"internal/scheduler", "internal/run"},
	{"internal/scheduler", "internal/notify"},
	{"internal/arrivals", "internal/run"},
	{"internal/arrivals", "internal/notify"},
	{"internal/run", "internal/notify"},
	{"internal/output", "internal/speckle"},
	{"internal/store", "internal/jobs"},
}

// inside is the order of rooms within a room: each may know those before it, and
// none that comes later.
var inside = map[string][]string{
	"internal/jobs":    {"spelling", "schedule", "placeholder", "jq", "document", "choices", "shape", ""},
	"internal/output":  {"record", "format", "diff", "target", "address", "disk", "note", "webhook", "mail", "kept", "blob", "outputtest", ""},
	"internal/speckle": {"endpoint", "split", "query", "introspect", "batch", "", "preflight", "version"},
	"internal/web":     {"openapi", "ui", ""},
	"internal/store":   {"database", "queue", "marks", "history", "retention", "slots", ""},
}

// apart are rooms that may not know a package, though they may know rooms inside it:
// the job file is read and checked by what knows no network.
var apart = map[string]string{"internal/jobs": "internal/speckle"}

type listed struct {
	ImportPath string
	Dir        string
	Doc        string
	Imports    []string
	GoFiles    []string

	IgnoredGoFiles []string // of other systems
}

func TestImportsPointOneWay(t *testing.T) {
	for _, pkg := range packages(t) {
		from, level := room(t, pkg.ImportPath)
		for _, imported := range pkg.Imports {
			if !strings.HasPrefix(imported, "speckle-runner/") {
				continue
			}
			to, below := room(t, imported)
			if below > level {
				t.Errorf("%s imports %s, which lies above it", pkg.ImportPath, imported)
			}
			for _, pair := range strangers {
				if from == pair[0] && to == pair[1] || from == pair[1] && to == pair[0] {
					t.Errorf("%s imports %s: these two don't know each other", pkg.ImportPath, imported)
				}
			}
		}
	}
}

func TestImportsInsideARoomPointOneWay(t *testing.T) {
	for outer, order := range inside {
		rank := make(map[string]int, len(order))
		for i, name := range order {
			rank[strings.TrimSuffix("speckle-runner/"+outer+"/"+name, "/")] = i
		}
		for _, pkg := range packages(t) {
			from, known := rank[pkg.ImportPath]
			if !known {
				continue
			}
			for _, imported := range pkg.Imports {
				if to, known := rank[imported]; known && to >= from {
					t.Errorf("%s imports %s, which comes after it", pkg.ImportPath, imported)
				}
			}
		}
	}
}

func TestRoomsApartDontKnowAPackage(t *testing.T) {
	for _, pkg := range packages(t) {
		from, _ := room(t, pkg.ImportPath)
		if unknown := apart[from]; unknown != "" && slices.Contains(pkg.Imports, "speckle-runner/"+unknown) {
			t.Errorf("%s imports %s, which it may not know", pkg.ImportPath, unknown)
		}
	}
}

func TestEveryPackageSaysWhatItIsFor(t *testing.T) {
	for _, pkg := range packages(t) {
		if len(pkg.GoFiles) > 0 && pkg.Doc == "" {
			t.Errorf("%s has no package comment", pkg.ImportPath)
		}
	}
}

// TestTheHouseIsDrawnAsItStands: docs/design.md names every room, none that is gone, and
// the order of imports.
func TestTheHouseIsDrawnAsItStands(t *testing.T) {
	text, err := os.ReadFile("../docs/design.md")
	if err != nil {
		t.Fatal(err)
	}
	_, house, found := strings.Cut(string(text), "\n## The house\n")
	blocks := strings.Split(house, "```\n")
	if !found || len(blocks) < 5 {
		t.Fatal("docs/design.md has no house with two drawings")
	}
	drawn := map[string]bool{}
	for line := range strings.Lines(blocks[1]) {
		path, _, _ := strings.Cut(line, "/ ")
		drawn[path] = true
	}
	for _, pkg := range packages(t) {
		path := strings.TrimPrefix(pkg.ImportPath, "speckle-runner/")
		if len(pkg.GoFiles) > 0 && path != pkg.ImportPath && !drawn[path] {
			t.Errorf("docs/design.md doesn't say what %s is for", path)
		}
		delete(drawn, path)
	}
	for path := range drawn {
		t.Errorf("docs/design.md names the room %s, which isn't there", path)
	}
	order := strings.Split(strings.TrimSpace(blocks[3]), "\n")
	for i, line := range order {
		rooms := strings.Split(line, " · ")
		slices.Sort(rooms)
		if want := slices.Sorted(slices.Values(levels[i].rooms)); !slices.Equal(rooms, want) {
			t.Errorf("docs/design.md has %q as line %d of the order of imports, and it is %q", rooms, i+1, want)
		}
	}
	if want := len(levels) - 1; len(order) != want { // all but the root
		t.Errorf("docs/design.md has %d lines of the order of imports, and there are %d", len(order), want)
	}
}

func room(t *testing.T, path string) (string, int) {
	t.Helper()
	path = strings.TrimPrefix(path, "speckle-runner/")
	for _, l := range levels {
		for _, r := range l.rooms {
			if path == r || strings.HasPrefix(path, r+"/") {
				return r, l.level
			}
		}
	}
	if path == "internal" {
		return path, 0 // this test
	}
	t.Fatalf("%s has no line in the order of imports: add one", path)
	return "", 0
}

func packages(t *testing.T) []listed {
	t.Helper()
	all, err := list()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	if len(all) < 3 {
		t.Fatalf("go list knows %d packages only", len(all))
	}
	return all
}

// list asks once for all tests: on a busy machine it takes a while.
var list = sync.OnceValues(func() ([]listed, error) {
	out, err := exec.Command("go", "list", "-json", "speckle-runner/...").Output()
	if err != nil {
		return nil, err
	}
	var all []listed
	for dec := json.NewDecoder(bytes.NewReader(out)); ; {
		var p listed
		err := dec.Decode(&p)
		if err == io.EOF {
			return all, nil
		}
		if err != nil {
			return nil, err
		}
		all = append(all, p)
	}
})
