package main

import (
	"archive/zip"
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// checkStream finds every id in a file of any text format, packed or not.
func checkStream(file string, records int) func(string) (sum, error) {
	return func(dir string) (sum, error) {
		in, done, err := unpacked(filepath.Join(dir, file))
		if err != nil {
			return sum{}, err
		}
		defer done()
		t := newTally(records)
		if err := t.read(in); err != nil {
			return sum{}, err
		}
		return t.whole(0)
	}
}

// read counts ids piece by piece; a piece ends where no id can be.
func (t tally) read(in io.Reader) error {
	buf := make([]byte, 0, 2<<20)
	for {
		n, err := in.Read(buf[len(buf):cap(buf)])
		buf = buf[:len(buf)+n]
		end := bytes.LastIndexAny(buf, "\"<,\n")
		if errors.Is(err, io.EOF) {
			_, err = t.count(buf)
			return err
		}
		if err != nil {
			return err
		}
		if end < 0 {
			if len(buf) == cap(buf) {
				return errors.New("a value of 2 MiB")
			}
			continue
		}
		if _, err := t.count(buf[:end]); err != nil {
			return err
		}
		buf = buf[:copy(buf, buf[end:])]
	}
}

// unpacked opens a file's text: a workbook's is its first sheet.
func unpacked(path string) (io.Reader, func(), error) {
	if strings.HasSuffix(path, ".xlsx") {
		book, err := zip.OpenReader(path)
		if err != nil {
			return nil, nil, err
		}
		sheet, err := book.Open("xl/worksheets/sheet1.xml")
		if err != nil {
			_ = book.Close()
			return nil, nil, err
		}
		return sheet, func() { _, _ = sheet.Close(), book.Close() }, nil
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, nil, err
	}
	done := func() { file.Close() }
	var in io.Reader = file
	switch filepath.Ext(path) {
	case ".gz":
		in, err = gzip.NewReader(file)
	case ".zst":
		in, err = zstd.NewReader(file)
	}
	if err != nil {
		done()
	}
	return in, done, err
}
