package disk

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"syscall"
)

// syncs makes folders durable for many publications at once: those that ask
// while one flush of a folder is under way share the next one.
type syncs struct {
	mu      sync.Mutex
	waiting map[string]*flush // the next one of a folder
	running map[string]*flush
	named   map[string]bool // folders whose own names are durable
}

// flush is one fsync of a folder, for all who asked before it began.
type flush struct {
	done chan struct{}
	err  error
}

// SyncParents makes the entries of the folders above files durable, and the
// folders' own names up to the first that is known to be.
func (d *Dir) SyncParents(names []string) error {
	done := map[string]bool{}
	for _, name := range names {
		for dir := filepath.Dir(name); !done[dir]; dir = filepath.Dir(dir) {
			if err := d.SyncDir(dir); err != nil {
				return err
			}
			done[dir] = true
			if dir == "." || d.syncs.isNamed(dir) {
				break
			}
		}
	}
	for dir := range done {
		d.syncs.setNamed(dir, true)
	}
	return nil
}

func (s *syncs) isNamed(dir string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.named[dir]
}

// setNamed notes that a folder's name is durable, or that the folder was just
// made or removed.
func (s *syncs) setNamed(dir string, durable bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.named == nil || len(s.named) > maxNamed {
		s.named = map[string]bool{}
	}
	if durable {
		s.named[dir] = true
	} else {
		delete(s.named, dir)
	}
}

// maxNamed bounds what is remembered: a path with {date} in it has a new
// folder every day.
const maxNamed = 10_000

// SyncDir makes a folder's entries durable, where the system can: all that
// were made before the call.
func (d *Dir) SyncDir(dir string) error {
	if runtime.GOOS == "windows" {
		return nil // a folder can't be flushed there; NTFS logs its changes
	}
	mine, before, first := d.syncs.join(dir)
	if !first {
		<-mine.done
		return mine.err
	}
	if before != nil {
		<-before.done
	}
	d.syncs.start(dir, mine)
	mine.err = d.flushDir(dir)
	d.syncs.end(dir, mine)
	return mine.err
}

// join gives the folder's next flush, and the one under way, if there is one.
// The first to join does it.
func (s *syncs) join(dir string) (next, running *flush, first bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.waiting == nil {
		s.waiting, s.running = map[string]*flush{}, map[string]*flush{}
	}
	if next := s.waiting[dir]; next != nil {
		return next, nil, false
	}
	next = &flush{done: make(chan struct{})}
	s.waiting[dir] = next
	return next, s.running[dir], true
}

func (s *syncs) start(dir string, mine *flush) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.waiting, dir)
	s.running[dir] = mine
}

func (s *syncs) end(dir string, mine *flush) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.running[dir] == mine {
		delete(s.running, dir)
	}
	close(mine.done)
}

func (d *Dir) flushDir(dir string) error {
	f, err := d.Root.OpenFile(dir, os.O_RDONLY|Unpolled, 0)
	if err != nil {
		return fmt.Errorf("sync folder %s: %w", dir, Cause(err))
	}
	defer f.Close()
	if err := f.Sync(); err != nil && !errors.Is(err, syscall.EINVAL) && !errors.Is(err, errors.ErrUnsupported) {
		return fmt.Errorf("sync folder %s: %w", dir, Cause(err))
	}
	return nil
}

// ParentsOf gives the folders above a path, the nearest first, "." last.
func ParentsOf(name string) []string {
	var dirs []string
	for dir := filepath.Dir(name); ; dir = filepath.Dir(dir) {
		dirs = append(dirs, dir)
		if dir == "." {
			return dirs
		}
	}
}
