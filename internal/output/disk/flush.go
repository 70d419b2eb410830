package disk

import "sync"

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
