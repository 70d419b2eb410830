package preview

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"io"
	"strings"
)

// csv reads a table whose first line has its columns. Which character stands
// between values shows that line.
func (r *reader) csv(in io.Reader) error {
	buffered := bufio.NewReaderSize(in, 64<<10)
	if bom, _ := buffered.Peek(3); bytes.Equal(bom, []byte("\xef\xbb\xbf")) {
		_, _ = buffered.Discard(3) // they were peeked at
	}
	head, _ := buffered.Peek(4 << 10)
	line, _, _ := bytes.Cut(head, []byte("\n"))
	rows := csv.NewReader(buffered)
	rows.FieldsPerRecord, rows.LazyQuotes = -1, true
	for _, sep := range ",;\t|" {
		if strings.Count(string(line), string(sep)) > strings.Count(string(line), string(rows.Comma)) {
			rows.Comma = sep
		}
	}
	columns, err := rows.Read()
	if err != nil {
		return ended(err)
	}
	r.columns, rows.ReuseRecord = r.few(columns), true
	r.take(r.columns, nil)
	for {
		row, err := rows.Read()
		if err != nil {
			return ended(err)
		}
		if !r.take(r.columns, r.few(row)) {
			return nil
		}
	}
}
