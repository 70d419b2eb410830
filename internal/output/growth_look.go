package output

import (
	"bufio"
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"speckle-runner/internal/output/format"
	"speckle-runner/internal/output/record"
	"speckle-runner/internal/output/target"
)

// look is what is seen of a file that no index knows, or only one of an older version.
type look struct {
	form    form
	columns []string
	empty   bool
	cut     bool // it doesn't end with its line
	crlf    bool
}

// maxHeader bounds the first line of a table that somebody else made.
const maxHeader = 1 << 20

// look finds the form of the file that is continued. The columns are nil where
// they aren't known.
func (s *Staged) look(ctx context.Context, old *os.File, a target.Append, columns []string) (*look, error) {
	found := &look{form: *formOf(a), columns: columns}
	whole := io.NewSectionReader(old, 0, s.continues.Size())
	compression, err := compressionOf(whole)
	if err != nil {
		return nil, s.fail("read", err)
	}
	if compression != a.Format.Compression {
		found.form.Format = format.Format{Name: a.Format.Name, Compression: compression}.String()
		return found, nil // what is in it doesn't matter: it can't be continued
	}
	in, closer, err := decompressed(whole, a.Format)
	if err == nil {
		defer closer()
		err = found.read(ctx, in, a)
	}
	if err != nil {
		return nil, fmt.Errorf("append to %s: read what is there: %w (nothing was published)", s.path, err)
	}
	return found, nil
}

// read looks at the first line and at the end.
func (l *look) read(ctx context.Context, in io.Reader, a target.Append) error {
	lines := bufio.NewReader(in)
	first, err := firstLine(lines)
	if err != nil {
		return err
	}
	last := lastByte(first[max(0, len(first)-1):])
	if err := record.CopyAll(ctx, &last, lines); err != nil {
		return err
	}
	l.cut = string(last) != "\n"
	l.crlf = bytes.HasSuffix(first, []byte("\r\n"))
	text, mark := bytes.CutPrefix(first, []byte(format.ByteOrderMark))
	l.form.BOM = mark && a.Format.Fields()
	holdsJSON := json.Valid(text) || len(first) >= maxHeader && bytes.HasPrefix(text, []byte("{"))
	switch {
	case len(text) == 0:
		l.empty = true
	case !a.Format.Table() && !holdsJSON:
		l.form.Format = "no " + a.Format.Name
	case a.Format.Table() && holdsJSON && bytes.ContainsAny(text[:1], "{["):
		l.form.Format = "ndjson"
	case a.Format.Table():
		return l.header(string(text), a)
	}
	return nil
}

// firstLine gives the first line with its end, or as much of it as may be a header.
func firstLine(in *bufio.Reader) ([]byte, error) {
	var line []byte
	for {
		part, err := in.ReadSlice('\n')
		line = append(line, part...)
		switch {
		case errors.Is(err, io.EOF), errors.Is(err, bufio.ErrBufferFull) && len(line) >= maxHeader:
			return line, nil
		case err == nil || !errors.Is(err, bufio.ErrBufferFull):
			return line, err
		}
	}
}

// lastByte keeps the last byte of what is written to it.
type lastByte []byte

func (l *lastByte) Write(p []byte) (int, error) {
	if len(p) > 0 {
		*l = lastByte{p[len(p)-1]}
	}
	return len(p), nil
}

// header finds the columns and what separates them. One column says nothing of that.
func (l *look) header(text string, a target.Append) error {
	known := l.columns
	cells, err := cellsOf(text, l.form.Separator)
	if err == nil && (slices.Equal(cells, known) || known == nil && (len(cells) > 1 || slices.Equal(cells, record.Headers(a.Shape.Columns)))) {
		l.columns = cells
		return nil
	}
	for _, separator := range []string{",", ";", "\t", "|"} {
		if other, otherErr := cellsOf(text, separator); otherErr == nil && len(other) > 1 && (known == nil || slices.Equal(other, known)) {
			l.form.Separator, l.columns = separator, other
			return nil
		}
	}
	if err != nil {
		return fmt.Errorf("its header: %w", err)
	}
	if known == nil {
		l.columns = cells
	}
	return nil
}

func cellsOf(line, separator string) ([]string, error) {
	table := csv.NewReader(strings.NewReader(line))
	table.Comma = rune(separator[0])
	return table.Read()
}

// compressionOf goes by how files of the kind begin.
func compressionOf(in io.ReaderAt) (string, error) {
	var begin [4]byte
	n, err := in.ReadAt(begin[:], 0)
	switch {
	case err != nil && !errors.Is(err, io.EOF):
		return "", err
	case bytes.HasPrefix(begin[:n], []byte{0x1f, 0x8b}):
		return "gz", nil
	case bytes.HasPrefix(begin[:n], []byte{0x28, 0xb5, 0x2f, 0xfd}):
		return "zst", nil
	}
	return "", nil
}

// decompressed undoes a format's compression.
func decompressed(from io.Reader, f format.Format) (io.Reader, func(), error) {
	switch f.Compression {
	case "gz":
		in, err := gzip.NewReader(from)
		return in, func() {}, err
	case "zst":
		in, err := zstd.NewReader(from, zstd.WithDecoderConcurrency(1))
		if err != nil {
			return nil, func() {}, err
		}
		return in, in.Close, nil
	}
	return from, func() {}, nil
}
