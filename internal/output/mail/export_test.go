package mail

import (
	"bytes"
	"time"
)

// Bytes gives a letter as it is sent.
func Bytes(l Letter, id, from string) ([]byte, error) {
	m, err := l.message(id, from, time.Unix(0, 0))
	if err != nil {
		return nil, err
	}
	var buf bytes.Buffer
	_, err = m.WriteTo(&buf)
	return buf.Bytes(), err
}
