package database_test

import (
	"path/filepath"
	"testing"

	"speckle-runner/internal/store/database"
)

func TestANameShowsNoPassword(t *testing.T) {
	t.Parallel()
	for name, holds := range map[database.Name]bool{
		"sqlite:.runner/runner.db":                false,
		"sqlite:a?password=b.db":                  false,
		"postgres://db/runner":                    false,
		"postgres://runner@db/runner":             false,
		"postgres://runner:word@db/runner":        true,
		"postgres://db/runner?password=word":      true,
		"postgres://runner:wo%zzrd@db/runner":     true, // can't be read: whatever it holds
		"postgres://runner:@db/runner?sslmode=no": true,
	} {
		if name.HasPassword() != holds {
			t.Errorf("%s: holds a password: %t, want %t", name, name.HasPassword(), holds)
		}
		if _, sqlite := name.File(); !sqlite && name.Shown() != "postgres://…" {
			t.Errorf("%s is shown as %s", name, name.Shown())
		}
	}
}

// What is no name is shown, so that it can be mended, unless a password may stand in it.
func TestAWrongNameIsShown(t *testing.T) {
	t.Parallel()
	for name, shown := range map[database.Name]string{
		"foo":                           "foo",
		"":                              `""`,
		"mysql://x":                     "mysql://x",
		`C:\data\runner.db`:             `C:\data\runner.db`,
		"mysql://runner:word@db/runner": "…",
		"mysql://runner:word":           "…",
		"host=db password=word":         "…",
	} {
		if name.Check() == nil || name.Shown() != shown {
			t.Errorf("%s is shown as %s, want %s (%v)", string(name), name.Shown(), shown, name.Check())
		}
	}
}

func TestFilesOfADatabase(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "runner.db")
	for _, name := range []database.Name{database.Name("sqlite:" + file), database.Name("sqlite://" + file)} {
		files := name.Files()
		if path, sqlite := name.File(); path != file || !sqlite || len(files) != 4 || files[0] != file || files[3] != file+".lock" {
			t.Errorf("%s is %s (SQLite: %t), with %q", name, path, sqlite, files)
		}
		if !name.Missing() {
			t.Errorf("%s isn't missing", name)
		}
		if whole, err := name.Whole(); err != nil || whole != database.Name("sqlite:"+file) {
			t.Errorf("%s is %s from anywhere (%v)", name, whole, err)
		}
	}
	server := database.Name("postgres://db/runner")
	if whole, err := server.Whole(); server.Files() != nil || server.Missing() || whole != server || err != nil {
		t.Errorf("a server has files: %q (missing: %t), and is %s elsewhere (%v)", server.Files(), server.Missing(), whole, err)
	}
}
