//go:build unix

package output_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"speckle-runner/internal/output"
	"speckle-runner/internal/output/outputtest"
	"speckle-runner/internal/output/target"
)

func init() { children["read-only"] = readOnlyChild }

// readOnlyChild publishes where it may not write. Root may write everywhere,
// so a test that is run by root gives up being it.
func readOnlyChild(dir, file string) {
	d, err := output.OpenDir(dir)
	if err != nil {
		fmt.Println(err)
		return
	}
	if os.Getuid() == 0 {
		const nobody = 65534
		if err := syscall.Setuid(nobody); err != nil {
			fmt.Println("setuid:", err)
			return
		}
	}
	p, err := d.Begin(target.Author{Run: "run", Tick: time.Now()})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer p.Abort()
	s, err := p.Create(context.Background(), file, target.CreateOptions{Overwrite: true, Shared: true})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("created", s.Path())
	if err := s.Close(); err != nil {
		fmt.Println(err)
	}
	if _, err := p.Commit(context.Background(), nil); err != nil {
		fmt.Println(err)
	}
}

// TestReadOnly holds that the error names the file and the reason, and that
// nothing is touched.
func TestReadOnly(t *testing.T) {
	for name, c := range map[string]struct {
		closed string // folder that can't be written
		want   string
	}{
		"the directory": {".", "publish folder/a.csv: open .runner/sessions in "},
		"a folder":      {"folder", "publish folder/a.csv: permission denied"},
		// As behind a command that was run by sudo.
		"who wrote it": {".runner/stamps", "publish folder/a.csv: note who writes it: .runner/stamps/"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			d := openDir(t, dir)
			publish(t, d, "run-0", map[string]string{"folder/a.csv": "old"})
			d.Close()
			modes := map[string]os.FileMode{".": 0o777, ".runner": 0o777, ".runner/sessions": 0o777, "folder": 0o777}
			modes[c.closed] = 0o555
			if c.closed == ".runner/stamps" {
				modes[c.closed] = 0
				if err := os.MkdirAll(filepath.Join(dir, c.closed), 0o700); err != nil {
					t.Fatal(err)
				}
			}
			if c.closed == "." {
				modes[".runner"] = 0o700
				if err := os.RemoveAll(filepath.Join(dir, ".runner")); err != nil {
					t.Fatal(err)
				}
				delete(modes, ".runner")
				delete(modes, ".runner/sessions")
			}
			// The lock is opened by its whole path: nobody has to get there.
			if err := os.Chmod(filepath.Dir(dir), 0o755); err != nil {
				t.Fatal(err)
			}
			for folder, mode := range modes {
				if err := os.Chmod(filepath.Join(dir, folder), mode); err != nil {
					t.Fatal(err)
				}
			}
			t.Cleanup(func() { os.Chmod(filepath.Join(dir, c.closed), 0o755) })
			said, err := child(t, "read-only", dir, "folder/a.csv")
			if err != nil || !strings.Contains("\n"+said, "\n"+c.want) || !strings.Contains(said, "permission denied") ||
				strings.Contains(c.want, ".runner") && !strings.Contains(said, "belongs to another user (what sudo makes belongs to root): give it") {
				t.Errorf("%v: %s", err, said)
			}
			outputtest.WantTree(t, dir, map[string]string{"folder/a.csv": "old"})
		})
	}
}
