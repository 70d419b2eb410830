package output_test

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"speckle-runner/internal/output/outputtest"
	"speckle-runner/internal/output/target"
)

// TestAMountedTarget holds that a file which can't be renamed over, because it
// is mounted by itself, is found before anything is replaced. Where nobody may
// mount, one that turns into a folder in the middle stands for it, elsewhere.
func TestAMountedTarget(t *testing.T) {
	dir := t.TempDir()
	d := openDir(t, dir)
	publish(t, d, "run-0", map[string]string{"a.csv": "old", "latest.csv": "old"})
	host := filepath.Join(t.TempDir(), "host.csv")
	if err := os.WriteFile(host, []byte("host"), 0o644); err != nil {
		t.Fatal(err)
	}
	mounted := filepath.Join(dir, "latest.csv")
	if err := syscall.Mount(host, mounted, "", syscall.MS_BIND, ""); err != nil {
		t.Logf("nobody may mount here: %v", err)
		return
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(mounted, 0); err != nil {
			t.Error(err)
		}
	})
	p := begin(t, d, "run-1")
	stage(t, p, "a.csv", "new", target.CreateOptions{Overwrite: true, Latest: "latest.csv"})
	_, err := p.Commit(t.Context(), nil)
	if err == nil || !strings.HasPrefix(err.Error(),
		"publish latest.csv: it is mounted there by itself, and can't be replaced; mount its folder instead: ") ||
		!strings.HasSuffix(err.Error(), " (nothing was published)") {
		t.Errorf("%v", err)
	}
	outputtest.WantTree(t, dir, map[string]string{"a.csv": "old", "latest.csv": "host"})
}
