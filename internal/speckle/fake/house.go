package fake

import (
	"errors"
	"os"
	"sync"
	"time"
)

// house is what versions of both kinds need beside the world.
type house struct {
	mu        sync.Mutex
	dirs      []string
	graphs    map[string]*graphData // by the root's id
	withheld  map[string]int        // versions whose files aren't listed, for so many requests; below 0: for ever
	lost      map[string]int        // objects that aren't given, for so many requests
	ingestion map[string]ingestion  // by model
	published int
	at        time.Time // when what is published is made; zero: the world's time
}

type ingestion struct{ status, message string }

// graphData is a graph as REST gives it.
type graphData struct {
	root    []byte
	objects map[string][]byte
}

func (h *house) remove() error {
	h.mu.Lock()
	defer h.mu.Unlock()
	var err error
	for _, dir := range h.dirs {
		err = errors.Join(err, os.RemoveAll(dir))
	}
	h.dirs = nil
	return err
}

// keeps counts a request against what is kept back.
func (h *house) keeps(from map[string]int, id string) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	left, is := from[id]
	if !is || left == 0 {
		return false
	}
	if left > 0 {
		from[id]--
	}
	return true
}
