package secret

import (
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"time"
)

// maxFileBytes bounds a secret's file: a token has 42 bytes, a webhook secret
// some hundred, and a device file must not be read for ever.
const maxFileBytes = 64 << 10

// fileLimit is how long a secret's file may keep its reader waiting, as long as a command may
// take that prints one: a pipe that nobody writes into, a share that is away.
const fileLimit = 10 * time.Second

// fileRead is a file that is being read. What hangs in the system can't be ended, so whoever
// asks for the same file meanwhile waits for the same read, for as long as that may take.
type fileRead struct {
	since time.Time
	done  chan struct{}
	text  string
	err   error
}

var fileReads = struct {
	mu    sync.Mutex
	paths map[string]*fileRead
}{paths: map[string]*fileRead{}}

// readSoon is readFile within some time.
func readSoon(path string, within time.Duration) (string, error) {
	fileReads.mu.Lock()
	r := fileReads.paths[path]
	if r == nil {
		r = &fileRead{since: time.Now(), done: make(chan struct{})}
		fileReads.paths[path] = r
		go r.read(path)
	}
	fileReads.mu.Unlock()
	limit := time.NewTimer(within - time.Since(r.since)) // the jobs of one file don't wait one after the other
	defer limit.Stop()
	select {
	case <-r.done:
		return r.text, r.err
	case <-limit.C:
		return "", fmt.Errorf("it kept its reader waiting for more than %s", within)
	}
}

func (r *fileRead) read(path string) {
	r.text, r.err = readFile(path)
	fileReads.mu.Lock()
	delete(fileReads.paths, path)
	fileReads.mu.Unlock()
	close(r.done)
}

func readFile(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		if pathErr, ok := errors.AsType[*os.PathError](err); ok {
			return "", pathErr.Err // the path is named by the caller
		}
		return "", err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxFileBytes+1))
	if err == nil && len(text) > maxFileBytes {
		err = fmt.Errorf("larger than %d bytes", maxFileBytes)
	}
	return string(text), err
}
