package preview

import (
	"bufio"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"

	"github.com/klauspost/compress/zstd"
)

// File is what is read.
type File interface {
	io.Reader
	io.ReaderAt
}

// ErrUnknown says that a file is of no kind that can be shown.
var ErrUnknown = errors.New("a preview shows csv, ndjson, json, parquet and xlsx only")

// Each hands the records of a file of a name and a size to take, one after the
// other, until that says no: the names of the columns that are known so far,
// and the record's values by those. Both are take's only until it returns, and
// a record that ends early has nothing in the columns behind its end.
func Each(f File, name string, fileSize int64, bounds Bounds, take func(columns []string, row []Cell) bool) error {
	in, name, err := unpacked(f, name)
	if err != nil {
		return fmt.Errorf("unpack: %w", err)
	}
	r := reader{Bounds: bounds, take: take}
	in = &upTo{in: in, left: bounds.Bytes}
	switch path.Ext(name) {
	case ".csv", ".tsv":
		return r.csv(in)
	case ".ndjson", ".jsonl":
		return r.lines(in)
	case ".json":
		return r.json(in)
	case ".parquet":
		return r.parquet(f, fileSize)
	case ".xlsx":
		return r.sheet(f, fileSize)
	}
	return ErrUnknown
}

// unpacked reads through gzip and zstd.
func unpacked(f io.Reader, name string) (io.Reader, string, error) {
	name = strings.ToLower(name)
	switch ext := path.Ext(name); ext {
	case ".gz":
		in, err := gzip.NewReader(bufio.NewReader(f))
		return in, strings.TrimSuffix(name, ext), err
	case ".zst":
		in, err := zstd.NewReader(f, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(64<<20))
		if err != nil {
			return nil, "", err
		}
		return in.IOReadCloser(), strings.TrimSuffix(name, ext), nil
	}
	return f, name, nil
}
