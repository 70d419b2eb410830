package outputtest

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Tree reads every file below a directory, but for locks.
func Tree(t testing.TB, dir string) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || e.Name() == "lock" {
			return err
		}
		text, err := os.ReadFile(path) //nolint:gosec // the test's own folder
		if filepath.Ext(path) == ".journal" && bytes.Count(text, []byte(`"op":"begin"`)) == bytes.Count(text, []byte(`"op":"end"`)) {
			return err // nothing is left to do
		}
		name, _ := filepath.Rel(dir, path)
		if strings.HasPrefix(filepath.ToSlash(name), ".runner/stamps/") {
			return err // they say something of files that are there, and are no leftovers
		}
		files[filepath.ToSlash(name)] = string(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// WantTree fails when anything but the given files is below dir.
func WantTree(t testing.TB, dir string, want map[string]string) {
	t.Helper()
	got := Tree(t, dir)
	if !maps.Equal(got, want) {
		t.Errorf("files are %q, want %q", Short(got), Short(want))
	}
}

// Short cuts the texts of files, for messages.
func Short(files map[string]string) map[string]string {
	out := map[string]string{}
	for name, text := range files {
		out[name] = text[:min(len(text), 60)]
	}
	return out
}

// Sum gives the sha256 of a text, in hex.
func Sum(text string) string {
	s := sha256.Sum256([]byte(text))
	return hex.EncodeToString(s[:])
}
