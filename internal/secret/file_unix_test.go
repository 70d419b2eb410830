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
	var hanging []*fileRead // what is read after each question
	for range 2 {
		if _, err := readSoon(path, time.Millisecond); err == nil || !strings.Contains(err.Error(), "kept its reader waiting for more than 1ms") {
			t.Fatal(err)
		}
		fileReads.mu.Lock()
		hanging = append(hanging, fileReads.paths[path])
		fileReads.mu.Unlock()
	}
	if hanging[0] == nil || hanging[0] != hanging[1] {
		t.Fatal("whoever asks for a file that is being read begins another read, which hangs, too")
	}
	if err := os.WriteFile(path, []byte("token\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if <-hanging[0].done; hanging[0].text != "token\n" || hanging[0].err != nil {
		t.Errorf("%q, %v", hanging[0].text, hanging[0].err)
	}
}
