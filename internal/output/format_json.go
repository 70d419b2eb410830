package output

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"sync"
)

// encodeJSON writes the record itself, or an array with one record a line:
// valid JSON for every number of records, and still readable with a pager.
func encodeJSON(ctx context.Context, w io.Writer, r Records, o EncodeOptions) error {
	out := sticky{bufio.NewWriterSize(w, readSize)}
	before, after := "[\n", "\n]\n"
	if o.Single {
		before, after = "", "\n"
	}
	out.text(before)
	written := 0
	for record, err := range r.Lines(ctx) {
		if err != nil {
			return err
		}
		if written > 0 {
			if o.Single {
				return fmt.Errorf("a single record was expected, there are %d", r.Count)
			}
			out.text(",\n")
		}
		if _, err := out.Write(record); err != nil {
			return err
		}
		written++
	}
	if written == 0 {
		if o.Single {
			return fmt.Errorf("a single record was expected, there is none")
		}
		after = "]\n"
	}
	out.text(after)
	return out.Flush()
}

// sticky is a buffer whose first error comes back from Flush.
type sticky struct{ *bufio.Writer }

func (s sticky) text(text string) { _, _ = s.WriteString(text) }

// encodeNDJSON copies the spool. Uncompressed, into a staged file, it is not
// even copied: the file takes over the spool's blocks.
func encodeNDJSON(ctx context.Context, w io.Writer, r Records, _ EncodeOptions) error {
	if staged, ok := w.(*Staged); ok && r.spool != nil {
		if done, err := staged.takeOver(ctx, r); done || err != nil {
			return err
		}
	}
	in, err := r.Open()
	if err != nil {
		return fmt.Errorf("open records: %w", err)
	}
	defer in.Close()
	var count lineCount
	if err := copyAll(ctx, io.MultiWriter(w, &count), in); err != nil {
		return err
	}
	if count.open {
		if _, err := w.Write([]byte("\n")); err != nil {
			return err
		}
		count.lines++
	}
	return r.checkCount(count.lines)
}

// lineCount counts the lines of what is written to it.
type lineCount struct {
	lines int64
	open  bool // the last line has no end yet
}

func (c *lineCount) Write(p []byte) (int, error) {
	c.lines += int64(bytes.Count(p, []byte("\n")))
	if len(p) > 0 {
		c.open = p[len(p)-1] != '\n'
	}
	return len(p), nil
}

// copyBuffers are shared by the runs of a process: a thousand small exports at
// once must not hold a thousand large buffers.
var copyBuffers = sync.Pool{New: func() any { return new([4 * readSize]byte) }}

// copyAll copies with a larger buffer than io.Copy's, and stops with ctx.
func copyAll(ctx context.Context, w io.Writer, in io.Reader) error {
	buf := copyBuffers.Get().(*[4 * readSize]byte)
	defer copyBuffers.Put(buf)
	_, err := io.CopyBuffer(struct{ io.Writer }{w}, ctxReader{ctx, in}, buf[:])
	return err
}
