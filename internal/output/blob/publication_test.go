package blob_test

import (
	"errors"
	"strings"
	"testing"

	"speckle-runner/internal/output/blob"
	"speckle-runner/internal/output/target"
)

// TestPublish: what is put is whole, says what it is, and the ledger can say
// the same of it.
func TestPublish(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		o := options("csv", target.CreateOptions{Overwrite: true, Latest: r.Address("latest.csv"),
			Manifest: &target.Manifest{Job: "job", Tick: tick}})
		files, err := r.publish(t.Context(), "run-1", file{"day/a.csv", "x\n1\n", o},
			file{"b.ndjson.gz", "", options("ndjson.gz", target.CreateOptions{})})
		if err != nil {
			t.Fatal(err)
		}
		manifest := `{
  "file": "a.csv",
  "job": "job",
  "run": "run-1",
  "tick": "2026-03-02T02:30:00Z",
  "records": 2,
  "bytes": 4,
  "sha256": "` + sum("x\n1\n") + `"
}
`
		r.holds(map[string]string{"day/a.csv": "x\n1\n", "latest.csv": "x\n1\n", "day/a.csv.manifest.json": manifest, "b.ndjson.gz": ""})
		want := target.Published{
			Path: r.Path("day/a.csv"), Records: 2, Bytes: 4, SHA256: sum("x\n1\n"),
			Latest: r.Path("latest.csv"), Manifest: r.Path("day/a.csv.manifest.json"),
		}
		if len(files) != 2 || files[0] != want || files[1].Path != r.Path("b.ndjson.gz") || files[1].SHA256 != sum("") {
			t.Errorf("published %+v", files)
		}
		for key, contentType := range map[string]string{
			"day/a.csv": "text/csv; charset=utf-8", "latest.csv": "text/csv; charset=utf-8", "day/a.csv.manifest.json": "application/json",
			"b.ndjson.gz": "application/gzip",
		} {
			o := r.Objects()[key]
			if o.ContentType != contentType || o.Encoding != "" || o.Metadata["run"] != "run-1" || len(o.Metadata["sha256"]) != 64 {
				t.Errorf("%s is %q %q with %v", key, o.ContentType, o.Encoding, o.Metadata)
			}
		}
	})
}

// TestLarge: one that goes in parts arrives as it was, and again over itself.
func TestLarge(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		for _, run := range []string{"run-1", "run-2"} {
			if _, err := r.publish(t.Context(), run, file{"large.csv", large, replace}); err != nil {
				t.Fatal(err)
			}
			r.holds(map[string]string{"large.csv": large})
			if n := r.Uploads(); n != 0 {
				t.Errorf("%d uploads are open", n)
			}
		}
	})
}

// TestNothingBeforeCommit: a reader sees nothing of drafts, and an aborted
// publication leaves none.
func TestNothingBeforeCommit(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		defer r.clean()
		p := blob.Begin(r.dir, target.Author{Run: "run"}, nil)
		defer p.Abort()
		s, err := p.Create(t.Context(), r.Address("a.csv"), replace)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.Write([]byte("x")); err != nil {
			t.Fatal(err)
		}
		if _, err := p.Commit(t.Context(), nil); err == nil || !strings.Contains(err.Error(),
			r.Path("a.csv")+": the draft isn't closed (nothing was published)") {
			t.Errorf("an open draft: %v", err)
		}
		if _, err := p.Create(t.Context(), r.Address("b.csv"), replace); err == nil {
			t.Error("it goes on after its end")
		}
		if _, err := p.Commit(t.Context(), nil); err == nil {
			t.Error("it ends twice")
		}
		r.holds(nil)
	})
}

func TestTwice(t *testing.T) {
	r := newRoom(t, "s3")
	p := blob.Begin(r.dir, target.Author{Run: "run"}, nil)
	defer p.Abort()
	for _, c := range []struct {
		key string
		o   target.CreateOptions
	}{
		{"a.csv", target.CreateOptions{}},
		{"b.csv", target.CreateOptions{Latest: r.Address("a.csv")}},
		{"a.csv.manifest.json", target.CreateOptions{}},
	} {
		if c.key == "a.csv" {
			c.o.Manifest = &target.Manifest{}
		}
		_, err := p.Create(t.Context(), r.Address(c.key), options("csv", c.o))
		if twice := err != nil && strings.Contains(err.Error(), "two outputs of the run"); twice == (c.key == "a.csv") {
			t.Errorf("%s: %v", c.key, err)
		}
	}
	if _, err := p.Create(t.Context(), "s3://bucket/../a.csv", replace); err == nil || !strings.Contains(err.Error(), "..") {
		t.Errorf("a key that leads out: %v", err)
	}
}

// TestExists: with overwrite: false an object stays, whenever it came, and what
// was put before that is found out is taken back.
func TestExists(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		once := options("csv", target.CreateOptions{})
		r.Put("b.csv", "somebody's")
		_, err := r.publish(t.Context(), "run-1", file{"a.csv", "new", once}, file{"b.csv", "new", once}, file{"c.csv", "new", replace})
		if !errors.Is(err, target.ErrExists) || !strings.Contains(err.Error(), r.Path("b.csv")) ||
			!strings.Contains(err.Error(), "(nothing was published)") {
			t.Errorf("it exists: %v", err)
		}
		r.holds(map[string]string{"b.csv": "somebody's"})
	})
}

// TestAnObjectCantGrow: who asks for it is told, and nothing is put.
func TestAnObjectCantGrow(t *testing.T) {
	r := newRoom(t, "s3")
	p := blob.Begin(r.dir, target.Author{Run: "run"}, nil)
	defer p.Abort()
	s, err := p.Create(t.Context(), r.Address("a.csv"), replace)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Append(t.Context(), target.Append{}); err == nil || !strings.Contains(err.Error(), "append to "+r.Path("a.csv")) {
		t.Errorf("%v", err)
	}
	if _, err := p.Commit(t.Context(), nil); err == nil {
		t.Error("it was put")
	}
	r.holds(nil)
}
