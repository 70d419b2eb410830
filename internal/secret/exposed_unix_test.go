//go:build unix

package secret

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestExposedFiles(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "..data", "token")
	if err := os.Mkdir(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(dir, "token") // as Kubernetes mounts a secret
	if err := os.Symlink(path, link); err != nil {
		t.Fatal(err)
	}
	for mode, want := range map[fs.FileMode]string{
		0o600: "", 0o400: "", 0o700: "", 0o610: "", 0o602: "",
		0o640: "file token can be read by its whole group: chmod 600 it",
		0o440: "its whole group",
		0o644: "file token can be read by every user of this machine: chmod 600 it (Kubernetes: defaultMode: 0400",
		0o604: "every user",
	} {
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		if got := (Source{File: "token", Dir: dir}).Exposed(); want == "" && got != "" ||
			!strings.HasPrefix(got, want) && !strings.Contains(got, " by "+want) {
			t.Errorf("%#o: %q, want %q", mode, got, want)
		}
	}
	for _, s := range []Source{{Env: "PATH"}, {File: "absent", Dir: dir}, {File: dir}, {}} {
		if got := s.Exposed(); got != "" {
			t.Errorf("%s: %q", s, got)
		}
	}
}

// TestGroupOfAnotherOwner: with fsGroup, a mounted secret is root's, and the
// group is how the pod reads it.
func TestGroupOfAnotherOwner(t *testing.T) {
	t.Parallel()
	for mode, want := range map[fs.FileMode]string{0o440: "", 0o444: "every user of this machine"} {
		if got := readers(foreign(mode)); got != want {
			t.Errorf("%#o: %q, want %q", mode, got, want)
		}
	}
}

// foreign is a file of another user.
type foreign fs.FileMode

func (f foreign) Name() string       { return "token" }
func (f foreign) Size() int64        { return 42 }
func (f foreign) Mode() fs.FileMode  { return fs.FileMode(f) }
func (f foreign) ModTime() time.Time { return time.Time{} }
func (f foreign) IsDir() bool        { return false }
func (f foreign) Sys() any           { return &syscall.Stat_t{Uid: uint32(os.Geteuid() + 1)} }
