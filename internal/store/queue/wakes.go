package queue

import "sync"

// wakes collects the queues of this process that may have something to fetch.
type wakes struct {
	mu     sync.Mutex
	queues map[string]bool
	signal chan struct{}
}

func newWakes() *wakes { return &wakes{queues: map[string]bool{}, signal: make(chan struct{}, 1)} }

func (w *wakes) add(queue string) {
	w.mu.Lock()
	w.queues[queue] = true
	w.mu.Unlock()
	w.ring()
}

func (w *wakes) ring() {
	select {
	case w.signal <- struct{}{}:
	default:
	}
}

// take gives one queue, "" if there is none.
func (w *wakes) take() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	for queue := range w.queues {
		delete(w.queues, queue)
		if len(w.queues) > 0 {
			w.ring()
		}
		return queue
	}
	return ""
}
