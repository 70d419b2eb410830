package columns

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"slices"
)

// Bounds on what a file may make its reader hold.
const (
	maxFooter = 64 << 20
	maxPage   = 32 << 20 // decompressed
	maxHeader = 1 << 20  // of a page: statistics of long texts
)

const magic = "PAR1"

// File is a parquet file whose footer was read.
type File struct {
	*footer
	in   *os.File
	size int64
}

// Open reads the footer of the file at path and what it says about the columns
// that are wanted. Those that it hasn't are missing from Has and nothing else.
func Open(path string, want ...string) (*File, error) {
	in, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	f := &File{in: in}
	if err := f.read(want); err != nil {
		return nil, errors.Join(err, in.Close())
	}
	return f, nil
}

// Close closes the file.
func (f *File) Close() error { return f.in.Close() }

// Rows is how many rows the footer says that there are.
func (f *File) Rows() int64 { return f.rows }

// Has says whether a wanted column is there.
func (f *File) Has(name string) bool { return f.leaf(name) >= 0 }

func (f *File) leaf(name string) int {
	return slices.IndexFunc(f.leaves, func(l leaf) bool { return l.name == name })
}

func (f *File) read(want []string) error {
	info, err := f.in.Stat()
	if err != nil {
		return err
	}
	f.size = info.Size()
	var head [4]byte
	var tail [8]byte
	if f.size < int64(len(head)+len(tail)) {
		return fmt.Errorf("it has %d bytes, which is no parquet", f.size)
	}
	if err := f.at(head[:], 0); err != nil {
		return err
	}
	if err := f.at(tail[:], f.size-int64(len(tail))); err != nil {
		return err
	}
	if string(head[:]) != magic {
		return errors.New("it doesn't begin with PAR1")
	}
	if string(tail[4:]) != magic {
		return errors.New("it doesn't end with PAR1: it may be cut short")
	}
	length := int64(binary.LittleEndian.Uint32(tail[:4]))
	if length > f.size-int64(len(head)+len(tail)) || length > maxFooter {
		return fmt.Errorf("its footer of %d bytes can't be", length)
	}
	data := make([]byte, length)
	if err := f.at(data, f.size-int64(len(tail))-length); err != nil {
		return err
	}
	if f.footer, err = parseFooter(data, want); err != nil {
		return fmt.Errorf("its footer can't be read: %w", err)
	}
	return nil
}

func (f *File) at(p []byte, offset int64) error {
	_, err := f.in.ReadAt(p, offset)
	return err
}
