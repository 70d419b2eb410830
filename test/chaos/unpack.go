package main

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"strings"

	"github.com/parquet-go/parquet-go"
)

// unpacked gives what somebody reads in a file who opens it: a secret that is packed isn't
// in its bytes. Of what is half, it gives nothing.
func unpacked(content []byte) []byte {
	var plain []byte
	var err error
	switch {
	case bytes.HasPrefix(content, []byte("\x1f\x8b")):
		plain, err = unzipped(gzip.NewReader(bytes.NewReader(content)))
	case bytes.HasPrefix(content, []byte("PK\x03\x04")):
		plain, err = bookText(content)
	case bytes.HasPrefix(content, []byte("PAR1")):
		plain, err = columnText(content)
	}
	if err != nil {
		return nil
	}
	return plain
}

func unzipped(file io.ReadCloser, err error) ([]byte, error) {
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }()
	return io.ReadAll(file)
}

// bookText is all that is in a workbook, part after part.
func bookText(content []byte) (text []byte, err error) {
	book, err := zip.NewReader(bytes.NewReader(content), int64(len(content)))
	if err != nil {
		return nil, err
	}
	for _, part := range book.File {
		plain, err := unzipped(part.Open())
		if err != nil {
			return nil, fmt.Errorf("%s: %w", part.Name, err)
		}
		text = append(append(text, plain...), '\n')
	}
	return text, nil
}

// columnText is all cells of a Parquet file.
func columnText(content []byte) ([]byte, error) {
	var text strings.Builder
	err := eachRow(content, func(cells map[string]any) error {
		_, err := fmt.Fprintln(&text, cells)
		return err
	})
	return []byte(text.String()), err
}

// eachRow reads a Parquet file, all of its rows.
func eachRow(content []byte, do func(cells map[string]any) error) error {
	file, err := parquet.OpenFile(bytes.NewReader(content), int64(len(content)))
	if err != nil {
		return err
	}
	reader := parquet.NewGenericReader[map[string]any](file, file.Schema())
	defer func() { _ = reader.Close() }()
	for i := range reader.NumRows() {
		cells := []map[string]any{{}}
		if n, err := reader.Read(cells); n == 0 {
			return fmt.Errorf("row %d of %d: %w", i+1, reader.NumRows(), err)
		}
		if err := do(cells[0]); err != nil {
			return err
		}
	}
	return nil
}
