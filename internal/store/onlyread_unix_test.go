//go:build unix

package store_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/rs/zerolog"

	"speckle-runner/internal/store"
	"speckle-runner/internal/store/storetest"
)

// readerVariable makes the test binary one that may write nothing: it holds a ledger's file.
const readerVariable = "RUNNER_STORE_TEST_READER"

func init() { others[readerVariable] = readerMain }

// readerMain tells what runs a ledger has, as a command that asks does, and that it takes
// none. Root may write everywhere, so who is root gives up being it.
func readerMain(file string) int {
	if os.Getuid() == 0 {
		const nobody = 65534
		if err := syscall.Setuid(nobody); err != nil {
			fmt.Println("setuid:", err)
			return 2
		}
	}
	s, err := store.Open(context.Background(), "sqlite:"+file, store.Options{Log: zerolog.Nop(), Reads: true})
	if err != nil {
		fmt.Println("open:", err)
		return 0
	}
	defer s.Close()
	runs, err := s.Runs(context.Background(), store.Filter{Limit: 10})
	fmt.Println(len(runs), "runs:", err)
	_, err = s.Enqueue(context.Background(), []store.Due{due("job", tick.AddDate(0, 0, 1))})
	fmt.Println("enqueue:", err)
	return 0
}

// TestACopyThatMayOnlyBeReadIsRead: a back-up in a folder of somebody else's. Where a log
// lies beside it, without which it is old, and where it is damaged, that is told.
func TestACopyThatMayOnlyBeReadIsRead(t *testing.T) {
	dsn := storetest.SQLite(t)
	s := open(t, dsn)
	enqueue(t, s, due("job", tick))
	_ = s.Close()
	ledger, err := os.ReadFile(strings.TrimPrefix(dsn, "sqlite:"))
	if err != nil {
		t.Fatal(err)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	const refused = "the ledger may not be written here"
	for what, c := range map[string]struct {
		files map[string][]byte
		want  []string
	}{
		"a copy":     {map[string][]byte{"": ledger}, []string{"1 runs: <nil>", "enqueue: ", refused, "right to write the file and its folder"}},
		"with a log": {map[string][]byte{"": ledger, "-wal": {0}}, []string{"open: ", ": permission denied; ", refused, "sudo makes is root's"}},
		"damaged":    {map[string][]byte{"": []byte(strings.Repeat("no ledger ", 1000))}, []string{"open: ", "put its back-up in its place"}},
	} {
		t.Run(what, func(t *testing.T) {
			dir := t.TempDir()
			file := filepath.Join(dir, "copy.db")
			for end, text := range c.files {
				if err := os.WriteFile(file+end, text, 0o444); err != nil {
					t.Fatal(err)
				}
			}
			for _, folder := range []string{filepath.Dir(dir), dir} {
				if err := os.Chmod(folder, 0o755); err != nil {
					t.Fatal(err)
				}
			}
			if err := os.Chmod(dir, 0o555); err != nil {
				t.Fatal(err)
			}
			defer func() { _ = os.Chmod(dir, 0o755) }()
			reader := exec.CommandContext(t.Context(), self)
			reader.Env = append(os.Environ(), readerVariable+"="+file)
			said, err := reader.CombinedOutput()
			for _, part := range c.want {
				if err != nil || !strings.Contains(string(said), part) {
					t.Errorf("%s (%v), want %q", said, err, part)
				}
			}
		})
	}
}
