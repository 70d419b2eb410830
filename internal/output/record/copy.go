package record

import (
	"bytes"
	"context"
	"io"
	"sync"
)

// LineCount counts the lines of what is written to it.
type LineCount struct {
	Lines int64
	Open  bool // the last line has no end yet
}

// Write takes a part of the text.
func (c *LineCount) Write(p []byte) (int, error) {
	c.Lines += int64(bytes.Count(p, []byte("\n")))
	if len(p) > 0 {
		c.Open = p[len(p)-1] != '\n'
	}
	return len(p), nil
}

// ReadSize is how much of a spool is read at once.
const ReadSize = 64 << 10

// copyBuffers are shared by the runs of a process: a thousand small exports at
// once must not hold a thousand large buffers.
var copyBuffers = sync.Pool{New: func() any { return new([4 * ReadSize]byte) }}

// CopyAll copies with a larger buffer than io.Copy's, and stops with ctx.
func CopyAll(ctx context.Context, w io.Writer, in io.Reader) error {
	buf := copyBuffers.Get().(*[4 * ReadSize]byte)
	defer copyBuffers.Put(buf)
	_, err := io.CopyBuffer(struct{ io.Writer }{w}, ctxReader{ctx, in}, buf[:])
	return err
}

// ctxReader ends a long read when the run does.
type ctxReader struct {
	ctx context.Context
	in  io.Reader
}

func (c ctxReader) Read(p []byte) (int, error) {
	if err := context.Cause(c.ctx); err != nil {
		return 0, err
	}
	return c.in.Read(p)
}
