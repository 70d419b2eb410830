package jobs_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"speckle-runner/internal/jobs"
)

// fileOf writes a job file with jobs, each as NAME or NAME=PATH of its output.
func fileOf(all ...string) string {
	text := "server: https://app.speckle.systems\njobs:\n"
	for _, one := range all {
		name, path, given := strings.Cut(one, "=")
		if !given {
			path = "{job}.json"
		}
		text += fmt.Sprintf("  %s: { schedule: manual, token_env: T, query: '{ serverInfo { name } }', outputs: [{ file: %q }] }\n", name, path)
	}
	return text
}

const brokenFile = "jobs: { lost: { schedule: never } }\n"

// state says what of a folder is in force, and what is refused.
func state(dir string, f *jobs.File) string {
	if f == nil {
		return "nothing"
	}
	var all []string
	for _, part := range f.Parts {
		text := strings.TrimPrefix(part.Name, dir+string(filepath.Separator))
		for _, j := range part.Jobs {
			text += " " + j.Name
			if j.File() != part.Name {
				text += " of " + j.File()
			}
		}
		all = append(all, text)
	}
	for _, r := range f.Refused {
		all = append(all, fmt.Sprintf("!%s %s kept=%t", filepath.Base(r.File), strings.Join(r.Jobs, ","), r.Kept))
	}
	return strings.Join(all, "; ")
}

// TestSeveralFiles goes through one folder's days: each step writes or removes
// files, and reads what is there with what was in force before.
func TestSeveralFiles(t *testing.T) {
	dir := t.TempDir()
	var force *jobs.File
	for _, step := range []struct {
		files map[string]string // "" removes it
		want  string
		says  string
	}{
		{map[string]string{"b.yaml": fileOf("x", "y")}, "b.yaml x y", ""},
		{map[string]string{"a.yml": fileOf("one"), "c.yaml": brokenFile, ".d.yaml": "x", "e.txt": "x", "f.yaml~": "x"},
			"a.yml one; b.yaml x y; !c.yaml lost kept=false", "c.yaml:1:"},
		{map[string]string{"c.yaml": fileOf("lost")}, "a.yml one; b.yaml x y; c.yaml lost", ""},
		// A name, and a path, that somebody has.
		{map[string]string{"a.yml": fileOf("one", "x")}, "a.yml one; b.yaml x y; c.yaml lost; !a.yml one kept=true",
			"a.yml:4:3: jobs.x: " + filepath.Join(dir, "b.yaml") + " has a job of this name, in line 3: a name is there once in all job files"},
		{map[string]string{"a.yml": fileOf("one=x.json")}, "a.yml one; b.yaml x y; c.yaml lost; !a.yml one kept=true",
			"this writes the same file as the output of x in " + filepath.Join(dir, "b.yaml") + ", line 3"},
		// It moves from one file to the other.
		{map[string]string{"a.yml": fileOf("one", "x"), "b.yaml": fileOf("y")}, "a.yml one x; b.yaml y; c.yaml lost", ""},
		{map[string]string{"a.yml": fileOf("one", "y"), "b.yaml": fileOf("x")}, "a.yml one y; b.yaml x; c.yaml lost", ""},
		// A broken file keeps what it has, and its names.
		{map[string]string{"b.yaml": brokenFile}, "a.yml one y; b.yaml x; c.yaml lost; !b.yaml x kept=true", "b.yaml:1:"},
		{map[string]string{"c.yaml": fileOf("x")}, "a.yml one y; b.yaml x; c.yaml lost; !b.yaml x kept=true; !c.yaml lost kept=true",
			"c.yaml:3:3"},
		{map[string]string{"b.yaml": ""}, "a.yml one y; c.yaml x", ""},
		{map[string]string{"a.yml": "", "c.yaml": "- what: is this\n"}, "c.yaml x; !c.yaml x kept=true", "a job file is a mapping"},
		{map[string]string{"c.yaml": ""}, "nothing", "there is no job file in this folder"},
	} {
		for name, text := range step.files {
			if text == "" {
				remove(t, filepath.Join(dir, name))
				continue
			}
			write(t, filepath.Join(dir, name), text)
		}
		got, problems := jobs.LoadAll([]string{dir}, force)
		if state(dir, got) != step.want || !strings.Contains(problems.Error(), step.says) || (step.says == "") != (len(problems) == 0) {
			t.Errorf("%s\nwant %s\nsaid %s", state(dir, got), step.want, problems.Error())
		}
		if got == nil {
			continue
		}
		for _, r := range got.Refused {
			if len(r.Problems) == 0 || len(r.Problems.Warnings()) > 0 {
				t.Errorf("%s is refused for %s", r.File, r.Problems.Error())
			}
		}
		if same, _ := jobs.LoadAll([]string{dir}, got); same.Hash != got.Hash {
			t.Error("the same files have another hash")
		}
		if force != nil && force.Hash == got.Hash && state(dir, &jobs.File{Parts: force.Parts}) != state(dir, &jobs.File{Parts: got.Parts}) {
			t.Error("other files have the same hash")
		}
		force = got
	}
}

// What lies beside two outputs that are one file isn't told once more.
func TestOneFileOfSeveralIsToldOnce(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"a", "b"} {
		text := strings.Replace(fileOf(name+"=all.csv"), `"all.csv"`, `"all.csv", append: true, manifest: true`, 1)
		write(t, filepath.Join(dir, name+".yaml"), text)
	}
	_, problems := jobs.LoadAll([]string{dir}, nil)
	const want = "outputs[0].file: this writes the same file as the output of a in "
	if got := problems.Error(); len(problems) != 1 || !strings.Contains(got, want) {
		t.Errorf("%d problems: %s", len(problems), got)
	}
}

// TestAFileByALinkIsReadOnce: a link to a job file in the same folder is no second one.
func TestAFileByALinkIsReadOnce(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "b.yaml"), []byte(fileOf("doors")), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("b.yaml", filepath.Join(dir, "a.yaml")); err != nil {
		t.Fatal(err)
	}
	for _, given := range [][]string{{dir}, {filepath.Join(dir, "a.yaml"), filepath.Join(dir, "b.yaml")}} {
		f, problems := jobs.LoadAll(given, nil)
		if got := state(dir, f); len(problems) > 0 || got != "a.yaml doors" {
			t.Errorf("%q: %s: %v", given, got, problems)
		}
	}
}

// TestOneFileIsAllOrNothing, however it is named.
func TestOneFileIsAllOrNothing(t *testing.T) {
	dir := t.TempDir()
	good, bad := filepath.Join(dir, "good.yaml"), filepath.Join(dir, "bad.yaml")
	write(t, good, fileOf("a"))
	write(t, bad, brokenFile)
	before, _ := jobs.LoadAll([]string{good}, nil)
	alone, _ := jobs.LoadFile(good)
	if before == nil || before.Parts != nil || before.Hash != alone.Hash {
		t.Errorf("%+v", before)
	}
	if file, problems := jobs.LoadAll([]string{bad}, before); file != nil || len(problems.Errors()) == 0 {
		t.Error("a bad file is used")
	}
	if file, problems := jobs.LoadAll([]string{bad, filepath.Join(dir, "absent.yaml")}, nil); file != nil || len(problems.Errors()) < 2 {
		t.Errorf("two bad files are used: %s", problems.Error())
	}
	twice, problems := jobs.LoadAll([]string{good, dir, dir + "/./good.yaml"}, nil)
	if state(dir, twice) != "good.yaml a; !bad.yaml lost kept=false" {
		t.Errorf("%s: %s", state(dir, twice), problems.Error())
	}
}

// TestSourcesOfSeveral are what is watched, and what no output may take the place of.
func TestSourcesOfSeveral(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"a", "b"} {
		write(t, filepath.Join(dir, name, "jobs.yaml"), strings.Replace(fileOf(name), "query: '{ serverInfo { name } }'", "query_file: q.graphql",
			1))
		write(t, filepath.Join(dir, name, "q.graphql"), "{ serverInfo { name } }")
	}
	write(t, filepath.Join(dir, "b", "bad.yaml"), brokenFile)
	file, problems := jobs.LoadAll([]string{filepath.Join(dir, "a", "jobs.yaml"), filepath.Join(dir, "b")}, nil)
	if file == nil {
		t.Fatal(problems.Error())
	}
	for _, name := range []string{"a/jobs.yaml", "a/q.graphql", "b", "b/jobs.yaml", "b/q.graphql"} {
		if !slices.Contains(file.Sources(), filepath.Join(dir, filepath.FromSlash(name))) {
			t.Errorf("%s isn't watched: %s", name, file.Sources())
		}
	}
	var own []string
	for _, o := range file.OwnFiles() {
		own = append(own, strings.TrimPrefix(filepath.ToSlash(o.Path), filepath.ToSlash(dir)+"/"))
	}
	if got := strings.Join(own, " "); got != "a/jobs.yaml a/q.graphql b/bad.yaml b/jobs.yaml b/q.graphql" {
		t.Error(got)
	}
}

// TestScopesOfSeveral: a token that jobs of two files share needs the scopes of both.
func TestScopesOfSeveral(t *testing.T) {
	dir := t.TempDir()
	projects := "query: '{ activeUser { projects { items { id } } } }'"
	with := func(name, query string) string {
		return strings.Replace(strings.Replace(fileOf(name), "query: '{ serverInfo { name } }'", query, 1), "token_env: T",
			"token_env: T, scopes: [SCOPES]", 1)
	}
	one := strings.Replace(with("a", projects), "SCOPES", "streams:read, profile:read, users:read", 1)
	write(t, filepath.Join(dir, "a.yaml"), one)
	_, alone := jobs.LoadAll([]string{filepath.Join(dir, "a.yaml")}, nil)
	write(t, filepath.Join(dir, "b.yaml"), strings.Replace(with("b", "query: 'query { otherUser(id: \"a\") { id } }'"), "SCOPES", "users:read",
		1))
	_, both := jobs.LoadAll([]string{dir}, nil)
	const excess = "nothing that is read with this token needs users:read"
	if !strings.Contains(alone.Error(), excess) || strings.Contains(both.Error(), excess) {
		t.Errorf("alone: %s\nboth: %s", alone.Error(), both.Error())
	}
}

func remove(t *testing.T, path string) {
	t.Helper()
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
}
