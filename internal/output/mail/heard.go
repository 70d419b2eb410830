package mail

import (
	"errors"
	"net"
)

// maxHeard is how much a server may say to one letter: answers are short lines, and a
// handshake takes some KB.
const maxHeard = 1 << 20

// heard is a connection of which no more than that is read: who reads an answer keeps
// all of it in memory, however long it goes on.
type heard struct {
	net.Conn

	left int
}

var errEndless = errors.New("it said more than 1 MiB, which no mail server does: is it a mail server?")

// Read reads what may still be said.
func (h *heard) Read(p []byte) (int, error) {
	if h.left <= 0 {
		return 0, errEndless
	}
	n, err := h.Conn.Read(p[:min(len(p), h.left)])
	h.left -= n
	return n, err
}
