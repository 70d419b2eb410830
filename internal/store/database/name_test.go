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
		"postgres://runner:12?wo=rd@db/runner":    true, // Go finds a setting there, the driver a password
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

		"sqlite:postgres://runner:word@db/runner":   "…",
		"sqlite://postgres://runner:word@db/runner": "…",
	} {
		if name.Check() == nil || name.Shown() != shown {
			t.Errorf("%s is shown as %s, want %s (%v)", string(name), name.Shown(), shown, name.Check())
		}
	}
}

// A password's own @, / or ? would make a host, a database or a setting of what follows it.
func TestAnAddressIsSplitAsItWasMeant(t *testing.T) {
	t.Parallel()
	for name, taken := range map[database.Name]bool{
		"postgres://me:word@db/runner":                              true,
		"postgres://me:wo%40rd@db:5432,other:5433/runner":           true,
		"postgres://me@db/runner?user=me@corp&password=a@b":         true,
		"postgres:///runner?host=/run/postgresql":                   true,
		"postgresql://[::1]:5432/runner?application_name=me@there":  true,
		"postgres://me:wo?rd@db/runner":                             true,
		"postgres://me:wo@rd@db/runner":                             false,
		"postgres://me:wo@rd?x=y@db/runner":                         false,
		"postgres://me:word@@db/runner":                             false,
		"postgres://me:12/word@db/runner":                           false,
		"postgres://me:/word@db/runner":                             false,
		"postgres://me:word@db#rd@other/runner":                     false,
		"postgres://db:12?password=wo@rd":                           false,
		"postgres://db/runner?a=wo@rd":                              false,
		"postgres://db/runner?wo@rd":                                false,
		"postgres://me:12/a?b=word@db/runner&options=-c%20x=y@word": false,
	} {
		if err := name.Check(); (err == nil) != taken {
			t.Errorf("%s is taken: %t, want %t (%v)", string(name), err == nil, taken, err)
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
