package fake

import "sync"

// memory keeps answers, so that a benchmark measures the reader and not the
// executor. The world stands still, so the same question by the same kind of
// token has the same answer, until a mutation.
type memory struct {
	mu      sync.Mutex
	answers map[string]answer
	changes int
}

const (
	maxAnswers    = 4096
	maxAnswerSize = 1 << 16
)

// get gives an answer, and how many changes there were by now.
func (m *memory) get(key string) (answer, int, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	a, ok := m.answers[key]
	return a, m.changes, ok
}

// put keeps an answer, unless there was a change since it was asked for.
func (m *memory) put(key string, a answer, changes int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if changes != m.changes {
		return
	}
	if m.answers == nil || len(m.answers) >= maxAnswers {
		m.answers = map[string]answer{}
	}
	m.answers[key] = a
}

func (m *memory) forget() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.answers = nil
	m.changes++
}
