package main

import (
	"sync"
	"time"

	"speckle-runner/internal/run"
)

// toldMemory remembers when people were last told of an event of a job. The
// ledger knows that, too, but can't be asked from its own transactions.
type toldMemory struct {
	mu sync.Mutex
	at map[toldKey]time.Time
}

type toldKey struct {
	job   string
	event run.Event
}

func (m *toldMemory) last(job string, event run.Event) time.Time {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.at[toldKey{job, event}]
}

// note keeps the newer of what is known and a time.
func (m *toldMemory) note(job string, event run.Event, at time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.at == nil {
		m.at = map[toldKey]time.Time{}
	}
	if key := (toldKey{job, event}); at.After(m.at[key]) {
		m.at[key] = at
	}
}
