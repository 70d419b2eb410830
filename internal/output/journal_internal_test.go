package output

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"speckle-runner/internal/output/target"
)

// TestAnUndoGoesBeforeASettling that failed before it: the disk may have kept
// what it said that it couldn't.
func TestAnUndoGoesBeforeASettling(t *testing.T) {
	r := &journaled{}
	for _, e := range []entry{{Op: opCommit, Together: true}, {Op: opSettle}, {Op: opUndo}} {
		r.take(e)
	}
	if r.settled || !r.undoing {
		t.Errorf("settled %v, undoing %v", r.settled, r.undoing)
	}
}

// TestAFullDiskLeavesNothing: a publication is undone while the disk is full, so that the
// journal can't say so. Once there is room nothing is left of it, without another start.
func TestAFullDiskLeavesNothing(t *testing.T) {
	for name, notes := range map[string][]any{"put back": nil, "with a note for later": {"an object"}} {
		t.Run(name, func(t *testing.T) {
			path := t.TempDir()
			if err := os.WriteFile(filepath.Join(path, "a.csv"), []byte("old"), 0o600); err != nil {
				t.Fatal(err)
			}
			d, err := OpenDir(path)
			if err != nil {
				t.Fatal(err)
			}
			p := placed(t, d, "a.csv", "new.csv")
			if err := p.Note("an object"); err != nil {
				t.Fatal(err)
			}
			unfinished := filepath.Join(path, filepath.FromSlash(unfinishedDir))
			if err := os.WriteFile(unfinished, nil, 0o600); err != nil {
				t.Fatal(err)
			}
			p.journal.in.broken = syscall.ENOSPC
			if err := p.Undo(t.Context()); err != nil {
				t.Error(err)
			}
			if err := p.Conclude(false, notes); (err != nil) != (notes != nil) {
				t.Error(err)
			}
			if text, err := os.ReadFile(filepath.Join(path, "a.csv")); string(text) != "old" {
				t.Errorf("%q, %v", text, err)
			}
			if err := errors.Join(os.Remove(unfinished), d.Close()); err != nil {
				t.Error(err)
			}
			for glob, want := range map[string]int{
				".runner/sessions/*": 0, ".*.old": 0, ".*.tmp": 0, "new.csv": 0, ".runner/unfinished/*.json": len(notes),
			} {
				if left, _ := filepath.Glob(filepath.Join(path, glob)); len(left) != want {
					t.Errorf("%s: %q", glob, left)
				}
			}
		})
	}
}

// placed puts files in place.
func placed(t *testing.T, d *Dir, paths ...string) *Publication {
	t.Helper()
	p, err := d.Begin(target.Author{Run: "run-1"})
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range paths {
		s, err := p.Create(t.Context(), path, target.CreateOptions{Overwrite: true})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.Write([]byte("new")); err != nil {
			t.Fatal(err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if err := p.Place(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	return p
}
