//go:build unix

package output_test

import (
	"context"
	"fmt"
	"os/signal"
	"strings"
	"syscall"
	"testing"

	"speckle-runner/internal/output"
	"speckle-runner/internal/output/format"
	"speckle-runner/internal/output/outputtest"
	"speckle-runner/internal/output/target"
)

func init() { children["disk full"] = diskFullChild }

// diskFullChild may write no file past a limit, as on a full disk; every
// system call and every error is the real one.
func diskFullChild(dir, format string) {
	signal.Ignore(syscall.SIGXFSZ)
	limit := syscall.Rlimit{Cur: 96 << 10, Max: 96 << 10}
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
		fmt.Println("setrlimit:", err)
		return
	}
	fmt.Println(fullExport(dir, format))
}

func fullExport(dir, kind string) error {
	d, err := output.OpenDir(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	spool, err := d.NewSpool("run-2")
	if err != nil {
		return err
	}
	defer spool.Close()
	records := 1500 // fits the limit as a spool, and not as CSV with its columns doubled
	if kind == "spool" {
		records = 4000
	}
	for _, line := range outputtest.Many(records) {
		if err := spool.Append([]byte(line)); err != nil {
			return err
		}
	}
	p, err := d.Begin(target.Author{Run: "run-2"})
	if err != nil {
		return err
	}
	defer p.Abort()
	s, err := p.Create(context.Background(), "deep/a."+kind, target.CreateOptions{Overwrite: true, Latest: "latest." + kind})
	if err != nil {
		return err
	}
	f, err := format.Parse(kind)
	if err != nil {
		return err
	}
	columns := outputtest.Columns("id", "id", "id", "id", "id", "id", "id", "id", "id", "id", "list", "list")
	if err := format.Encode(context.Background(), s, f, spool.Records(), format.Options{Columns: columns}); err != nil {
		return err
	}
	if err := s.Close(); err != nil {
		return err
	}
	_, err = p.Commit(context.Background(), nil)
	return err
}

// TestDiskFull fills the disk in the spool and in the file: the error names
// what was written, and the export of yesterday stays.
func TestDiskFull(t *testing.T) {
	for format, want := range map[string]string{
		"csv":   "write deep/a.csv: " + syscall.EFBIG.Error() + " (nothing was published)",
		"spool": "write spool in ",
	} {
		t.Run(format, func(t *testing.T) {
			dir := t.TempDir()
			good := map[string]string{"deep/a.csv": "yesterday's", "latest.csv": "yesterday's"}
			publish(t, openDir(t, dir), "run-1", good)
			said, err := child(t, "disk full", dir, format)
			if err != nil || !strings.Contains(said, want) || !strings.Contains(said, "(nothing was published)") {
				t.Errorf("%v: %s", err, said)
			}
			outputtest.WantTree(t, dir, good)
		})
	}
}
