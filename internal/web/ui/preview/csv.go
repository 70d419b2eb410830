package preview

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"strings"
)

// readCSV reads a table whose first line has its columns. Which character stands
// between values shows that line.
func readCSV(in io.Reader, n int) (Table, error) {
	buffered := bufio.NewReaderSize(in, 64<<10)
	if bom, _ := buffered.Peek(3); bytes.Equal(bom, []byte("\xef\xbb\xbf")) {
		_, _ = buffered.Discard(3) // they were peeked at
	}
	head, _ := buffered.Peek(4 << 10)
	line, _, _ := bytes.Cut(head, []byte("\n"))
	r := csv.NewReader(buffered)
	r.FieldsPerRecord, r.LazyQuotes = -1, true
	for _, sep := range ",;\t|" {
		if strings.Count(string(line), string(sep)) > strings.Count(string(line), string(r.Comma)) {
			r.Comma = sep
		}
	}
	var t Table
	var err error
	if t.Columns, err = r.Read(); err != nil {
		return t, ended(err)
	}
	for {
		row, err := r.Read()
		if err != nil {
			return t, ended(err)
		}
		if len(t.Rows) == n {
			t.More = true
			return t, nil
		}
		t.Rows = append(t.Rows, row)
	}
}

// ended makes the end of a file no error.
func ended(err error) error {
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}
