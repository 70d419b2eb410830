package output_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"speckle-runner/internal/output"
	"speckle-runner/internal/output/kept"
	"speckle-runner/internal/output/outputtest"
)

func openParts(t testing.TB, d *output.Dir, run string, once bool) *kept.Parts {
	t.Helper()
	p, err := d.OpenParts(run, once)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	return p
}

// keep keeps a part of these records.
func keep(t testing.TB, d *output.Dir, p *kept.Parts, key string, lines ...string) {
	t.Helper()
	s := newSpool(t, d)
	fill(t, s, lines...)
	if err := p.Keep(key, []byte(`{"of":"`+key+`"}`), s); err != nil {
		t.Fatal(err)
	}
}

// taken gives a part's records and what was noted beside them, "" when there
// is none.
func taken(t testing.TB, p *kept.Parts, key string) string {
	t.Helper()
	part, ok := p.Take(key)
	if !ok {
		return ""
	}
	return fmt.Sprintf("%d %s %s", part.Records.Count, part.Meta, readAll(t, part.Records.Open))
}

func TestPartsAreTakenOver(t *testing.T) {
	d := openDir(t, t.TempDir())
	first := openParts(t, d, "a@1", false)
	if first.Found() {
		t.Error("found before there was any")
	}
	large := `{"x":"` + strings.Repeat("long ", 40_000) + `"}`
	keep(t, d, first, "small", `{"id":1}`, `{"id":2}`)
	keep(t, d, first, "none")
	keep(t, d, first, "large", large)
	first.Close()
	second := openParts(t, d, "a@1", false)
	keep(t, d, second, "later", `{"id":3}`)
	second.Close()
	third := openParts(t, d, "a@1", false)
	for key, want := range map[string]string{
		"small": "2 {\"of\":\"small\"} {\"id\":1}\n{\"id\":2}\n", "none": `0 {"of":"none"} `, "later": "1 {\"of\":\"later\"} {\"id\":3}\n",
		"large": "1 {\"of\":\"large\"} " + large + "\n", "unknown": "",
	} {
		if got := taken(t, third, key); got != want || third.Found() == false {
			t.Errorf("%s: %.80s, want %.80s", key, got, want)
		}
	}
	if got := taken(t, openParts(t, d, "a@2", false), "small"); got != "" {
		t.Errorf("another run takes %s", got)
	}
	third.Close()
	d.DropParts("a@1")
	if files := outputtest.Tree(t, d.Path()); len(files) > 1 { // a session's lock
		t.Errorf("left: %v", files)
	}
}

// TestPartsSurviveDamage cuts and changes a file at each of its bytes: what is
// taken is what was kept, or nothing.
func TestPartsSurviveDamage(t *testing.T) {
	d := openDir(t, t.TempDir())
	p := openParts(t, d, "a@1", false)
	keep(t, d, p, "one", `{"id":1}`)
	keep(t, d, p, "two", `{"id":2}`, `{"id":3}`)
	p.Close()
	whole := map[string]string{"one": taken(t, openParts(t, d, "a@1", false), "one"), "two": taken(t, openParts(t, d, "a@1", false), "two")}
	names, err := filepath.Glob(filepath.Join(d.Path(), ".runner", "parts", "*", "*.parts"))
	if err != nil || len(names) != 1 || whole["one"] == "" || whole["two"] == "" {
		t.Fatal(names, err, whole)
	}
	text, err := os.ReadFile(names[0])
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for i := range text {
		changed := []byte(string(text))
		changed[i] ^= 1
		for _, content := range [][]byte{text[:i], changed} {
			if err := os.WriteFile(names[0], content, 0o600); err != nil {
				t.Fatal(err)
			}
			again := openParts(t, d, "a@1", false)
			for key, want := range whole {
				if got := taken(t, again, key); got != "" {
					if found++; got != want {
						t.Fatalf("byte %d: %s is %q, was %q", i, key, got, want)
					}
				}
			}
			again.Close()
		}
	}
	if found == 0 {
		t.Error("nothing was ever taken")
	}
}

func TestPartsHaveAnEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		d := openDir(t, dir)
		query, once := openParts(t, d, "query", false), openParts(t, d, "once", true)
		keep(t, d, query, "k", `{"id":1}`)
		keep(t, d, once, "k", `{"id":1}`)
		query.Close()
		once.Close()
		time.Sleep(23 * time.Hour)
		if got := taken(t, openParts(t, d, "query", false), "k"); got == "" {
			t.Error("not taken after 23 hours")
		}
		time.Sleep(2 * time.Hour)
		if got := taken(t, openParts(t, d, "query", false), "k"); got != "" {
			t.Error("taken after 25 hours")
		}
		if got := taken(t, openParts(t, d, "once", true), "k"); got == "" {
			t.Error("it is forgotten what was done")
		}
	})
}

// TestOldPartsAreRemovedAtAStart makes files as old as their names say.
func TestOldPartsAreRemovedAtAStart(t *testing.T) {
	dir := t.TempDir()
	d := openDir(t, dir)
	for name, age := range map[string]time.Duration{"new.parts": time.Hour, "old.parts": 25 * time.Hour, "new.once.parts": 29 * 24 * time.Hour,
		"old.once.parts": 31 * 24 * time.Hour} {
		folder := filepath.Join(dir, ".runner", "parts", name)
		path := filepath.Join(folder, name)
		if err := os.MkdirAll(folder, 0o700); err != nil {
			t.Fatal(err)
		}
		at := time.Now().Add(-age)
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		for _, p := range []string{path, folder} {
			if err := os.Chtimes(p, at, at); err != nil {
				t.Fatal(err)
			}
		}
	}
	found, err := d.Recover(t.Context())
	if err != nil || found.Removed != 2 {
		t.Errorf("%+v %v", found, err)
	}
	left, err := filepath.Glob(filepath.Join(dir, ".runner", "parts", "new*"))
	all, _ := filepath.Glob(filepath.Join(dir, ".runner", "parts", "*"))
	if err != nil || len(left) != 2 || len(all) != 2 {
		t.Errorf("left: %v", all)
	}
}

func TestPartStates(t *testing.T) {
	d := openDir(t, t.TempDir())
	p := openParts(t, d, "m", true)
	if openParts(t, d, "m", true).Found() == false {
		t.Error("an attempt that began isn't found")
	}
	for _, note := range []struct {
		key    string
		states []kept.PartState
	}{
		{"sent", []kept.PartState{kept.PartSent}},
		{"turned away", []kept.PartState{kept.PartSent, kept.PartNotDone}},
		{"done", []kept.PartState{kept.PartSent}},
	} {
		for _, state := range note.states {
			if err := p.Note(note.key, state); err != nil {
				t.Fatal(err)
			}
		}
	}
	keep(t, d, p, "done", `{"id":1}`)
	p.Close()
	if err := p.Note("late", kept.PartSent); err == nil {
		t.Error("a closed one takes a note")
	}
	later := openParts(t, d, "m", true)
	for key, want := range map[string]kept.PartState{"sent": kept.PartSent, "turned away": kept.PartNotDone, "done": kept.PartDone,
		"new": kept.PartUnknown} {
		if got := later.State(key); got != want {
			t.Errorf("%s: %q, want %q", key, got, want)
		}
	}
	if taken(t, later, "sent") != "" || taken(t, later, "done") == "" {
		t.Error("only what is done can be taken")
	}
}

func TestPartsAreKeptAtOnce(t *testing.T) {
	d := openDir(t, t.TempDir())
	p := openParts(t, d, "a", false)
	var all sync.WaitGroup
	for i := range 50 {
		all.Go(func() {
			s, err := d.NewSpool("part")
			if err == nil {
				err = s.Append(fmt.Appendf(nil, `{"id":%d}`, i))
			}
			if err == nil {
				err = p.Keep(fmt.Sprint(i), []byte("{}"), s)
			}
			if err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	p.Close()
	later := openParts(t, d, "a", false)
	for i := range 50 {
		if got := taken(t, later, fmt.Sprint(i)); got != fmt.Sprintf("1 {} {\"id\":%d}\n", i) {
			t.Errorf("%d: %q", i, got)
		}
	}
}

// FuzzParts opens files of anything.
func FuzzParts(f *testing.F) {
	f.Add([]byte("{}\n"))
	f.Add([]byte(`{"key":"k","state":"done","bytes":9223372036854775807}` + "\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		d := openDir(t, t.TempDir())
		p := openParts(t, d, "a", true)
		p.Close()
		names, err := filepath.Glob(filepath.Join(d.Path(), ".runner", "parts", "*", "*.parts"))
		if err != nil || len(names) != 1 {
			t.Fatal(names, err)
		}
		if err := os.WriteFile(names[0], text, 0o600); err != nil {
			t.Fatal(err)
		}
		if got := taken(t, openParts(t, d, "a", true), "k"); got != "" && !strings.Contains(string(text), "sha256") {
			t.Errorf("%q", got)
		}
	})
}
