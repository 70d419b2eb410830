//go:build unix

package secret

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// A pipe that nobody writes into keeps nobody waiting for long, and a second reader waits
// for the first one's read.
func TestAFileThatKeepsItsReaderWaiting(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "token")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if _, err := readSoon(path, time.Millisecond); err == nil || !strings.Contains(err.Error(), "kept its reader waiting for more than 1ms") {
			t.Fatal(err)
		}
	}
	got := make(chan string)
	go func() {
		text, err := readSoon(path, time.Minute)
		if err != nil {
			t.Error(err)
		}
		got <- text
	}()
	if err := os.WriteFile(path, []byte("token\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if text := <-got; text != "token\n" {
		t.Errorf("%q", text)
	}
}
