package split

import (
	"bytes"
	"io"
)

// ByteOrderMark is what some proxies and editors put before a text. JSON has
// none (RFC 8259, section 8.1), and readers may leave it out.
var ByteOrderMark = []byte("\xef\xbb\xbf")

// markless reads a text without the byte order mark at its beginning.
type markless struct {
	in    io.Reader
	begun bool
	held  []byte // read, and not given yet
	err   error  // that came with it
}

// Read gives the text.
func (m *markless) Read(p []byte) (int, error) {
	if !m.begun {
		m.begun = true
		head := make([]byte, len(ByteOrderMark))
		n := 0
		for n < len(head) && m.err == nil {
			var got int
			got, m.err = m.in.Read(head[n:])
			n += got
		}
		m.held = bytes.TrimPrefix(head[:n], ByteOrderMark)
	}
	if len(m.held) > 0 {
		n := copy(p, m.held)
		m.held = m.held[n:]
		return n, nil
	}
	if m.err != nil {
		return 0, m.err
	}
	return m.in.Read(p)
}
