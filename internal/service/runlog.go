package service

import (
	"bytes"
	"sync"

	"speckle-runner/internal/said"
)

// runLog keeps what one attempt logs: the first lines and the last ones. The ledger
// cuts it to its own size in the same way.
type runLog struct {
	mu   sync.Mutex
	head []byte
	tail [][]byte // the newest lines behind the head
	size int      // of tail
	lost int      // lines between head and tail, which weren't kept
}

// maxRunLog bounds each of the two ends, in bytes.
const maxRunLog = 64 << 10

// Write keeps a line.
func (l *runLog) Write(line []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.tail) == 0 && len(l.head)+len(line) <= maxRunLog {
		l.head = append(l.head, line...)
		return len(line), nil
	}
	l.tail, l.size = append(l.tail, bytes.Clone(line)), l.size+len(line)
	for l.size > maxRunLog && len(l.tail) > 1 {
		l.size -= len(l.tail[0])
		l.tail, l.lost = l.tail[1:], l.lost+1
	}
	return len(line), nil
}

// String gives what was kept.
func (l *runLog) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	text := string(l.head)
	if l.lost > 0 {
		text += "… " + said.Count(l.lost, "line") + " …\n"
	}
	return text + string(bytes.Join(l.tail, nil))
}
