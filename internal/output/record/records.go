package record

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"hash"
	"io"
	"iter"
)

// Records is an export before it is encoded: NDJSON, one compact JSON value a
// line, that can be read more than once.
type Records struct {
	Count int64 // -1: unknown
	Open  func() (io.ReadCloser, error)

	// Lend hands over the name of the file that holds them, and nothing else, to
	// give it a second name: nobody writes it any more when take says that it
	// did. False: there is no such file. Nil: there never is.
	Lend func(take func(file string) (taken bool, err error)) (taken bool, err error)

	// Sum gives the SHA-256 and the size of a file that was handed over, where they
	// were made while it was written; nil: it has to be read for that.
	Sum func() (hash.Hash, int64)
}

// Lines gives the records one by one. A record is valid until the next one.
func (r Records) Lines(ctx context.Context) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		in, err := r.Open()
		if err != nil {
			yield(nil, fmt.Errorf("open records: %w", err))
			return
		}
		defer in.Close()
		lines := lineReader{in: bufio.NewReaderSize(ctxReader{ctx, in}, ReadSize)}
		var count int64
		for {
			line, err := lines.next()
			if err == io.EOF { //nolint:errorlint // EOF itself only: a wrapped one is a cut
				if err := r.CheckCount(count); err != nil {
					yield(nil, err)
				}
				return
			}
			if err != nil {
				yield(nil, fmt.Errorf("read records: %w", err))
				return
			}
			count++
			if !yield(line, nil) {
				return
			}
		}
	}
}

// Counted gives the number of records, also where nobody has counted them.
func (r Records) Counted(ctx context.Context) (int64, error) {
	if r.Count >= 0 {
		return r.Count, nil
	}
	var count int64
	for _, err := range r.Lines(ctx) {
		if err != nil {
			return 0, err
		}
		count++
	}
	return count, nil
}

// CheckCount refuses a spool that holds fewer or more records than were put
// into it.
func (r Records) CheckCount(read int64) error {
	if r.Count >= 0 && read != r.Count {
		return fmt.Errorf("read records: %d came back of %d", read, r.Count)
	}
	return nil
}

// lineReader gives lines of any length; only one longer than the buffer is
// copied.
type lineReader struct {
	in   *bufio.Reader
	long []byte
}

func (l *lineReader) next() ([]byte, error) {
	for {
		line, err := l.line()
		if line = bytes.TrimRight(line, "\r\n"); len(line) > 0 {
			if err == io.EOF { //nolint:errorlint // EOF itself only: a wrapped one is a cut
				err = nil // a last line without its end
			}
			return line, err
		}
		if err != nil {
			return nil, err
		}
	}
}

func (l *lineReader) line() ([]byte, error) {
	part, err := l.in.ReadSlice('\n')
	if !errors.Is(err, bufio.ErrBufferFull) {
		return part, err
	}
	l.long = l.long[:0]
	for errors.Is(err, bufio.ErrBufferFull) {
		l.long = append(l.long, part...)
		part, err = l.in.ReadSlice('\n')
	}
	l.long = append(l.long, part...)
	return l.long, err
}
