package output_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"speckle-runner/internal/output/outputtest"
	"speckle-runner/internal/output/target"
)

func TestManifest(t *testing.T) {
	dir := t.TempDir()
	d := openDir(t, dir)
	p := begin(t, d, "run-1")
	s, err := p.Create(t.Context(), "exports/a.csv", target.CreateOptions{Latest: "latest.csv", Manifest: &target.Manifest{
		Job: "nightly", Tick: time.Date(2026, 3, 2, 3, 30, 0, 0, time.FixedZone("CET", 3600)),
		QueryHash: strings.Repeat("ab", 32), ServerVersion: "2.23.1",
	}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Write([]byte("id\n1\n")); err != nil {
		t.Fatal(err)
	}
	s.SetRecords(1)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(dir, "exports", "a.csv.manifest.json")); err == nil {
		t.Error("the manifest is seen before Commit")
	}
	var order []string
	d.OnStep(func(step string) { order = append(order, step) })
	files := commit(t, p)
	if len(files) != 1 || files[0].Manifest != "exports/a.csv.manifest.json" || files[0].Manifest != target.ManifestPath(files[0].Path) {
		t.Errorf("%+v", files)
	}
	if last := order[len(order)-1]; last != "moved exports/a.csv.manifest.json" {
		t.Errorf("the manifest isn't the last: %q", order)
	}
	text, err := os.ReadFile(filepath.Join(dir, "exports", "a.csv.manifest.json"))
	if err != nil {
		t.Fatal(err)
	}
	var got map[string]any
	if err := json.Unmarshal(text, &got); err != nil {
		t.Fatal(err)
	}
	want := map[string]any{
		"file": "a.csv", "job": "nightly", "run": "run-1", "tick": "2026-03-02T02:30:00Z", "records": 1.0, "bytes": 5.0,
		"sha256": outputtest.Sum("id\n1\n"), "query_sha256": strings.Repeat("ab", 32), "server_version": "2.23.1",
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("manifest %v, want %v", got, want)
	}
}

// TestManifestIsAPathOfTheRun holds that nothing else may be written there,
// and that a failed run leaves yesterday's.
func TestManifestIsAPathOfTheRun(t *testing.T) {
	dir := t.TempDir()
	d := openDir(t, dir)
	good := map[string]string{"a.csv": "good", "a.csv.manifest.json": "good"}
	publish(t, d, "run-0", good)
	p := begin(t, d, "run-1")
	stage(t, p, "a.csv", "bad", target.CreateOptions{Overwrite: true, Manifest: &target.Manifest{}})
	if _, err := p.Create(t.Context(), "a.csv.manifest.json", replace); err == nil ||
		!strings.Contains(err.Error(), "two outputs of the run write this path") {
		t.Errorf("%v", err)
	}
	long := strings.Repeat("n", 250) + ".csv" // a file's name may be 255 bytes, its manifest's is longer
	if _, err := p.Create(t.Context(), long, target.CreateOptions{Overwrite: true, Manifest: &target.Manifest{}}); err == nil ||
		!strings.Contains(err.Error(), "too long") {
		t.Errorf("%v", err)
	}
	p.Abort()
	outputtest.WantTree(t, dir, good)
}

func TestRemove(t *testing.T) {
	dir := t.TempDir()
	d := openDir(t, dir)
	publish(t, d, "run-1", map[string]string{
		"2026/03/a.csv": "x", "2026/03/a.csv.manifest.json": "x", "2026/04/b.csv": "x", "2026/04/c.csv": "x", "top.csv": "x",
	})
	for _, file := range []string{"2026/03/a.csv", "2026/04/b.csv", "top.csv", "top.csv", "never/was/x.csv"} {
		if err := d.Remove(file); err != nil {
			t.Errorf("%s: %v", file, err)
		}
	}
	outputtest.WantTree(t, dir, map[string]string{"2026/04/c.csv": "x"})
	wantNoFolder(t, dir, "2026/03")
	for _, file := range []string{"", "2026", "2026/", "../x", "/x", ".runner/sessions", ".RUNNER/x"} {
		if err := d.Remove(file); err == nil {
			t.Errorf("%q is removed", file)
		}
	}
	outputtest.WantTree(t, dir, map[string]string{"2026/04/c.csv": "x"})
}
