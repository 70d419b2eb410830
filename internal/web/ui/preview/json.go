package preview

import (
	"bytes"
	"encoding/json"
	"io"
	"slices"
)

// Records makes a table of records in JSON, one each.
func Records(records []string) Table {
	var t Table
	for _, record := range records {
		t.add(json.RawMessage(record))
	}
	return t.filled().bounded()
}

// readLines reads a record a line.
func readLines(in io.Reader, n int) (Table, error) {
	var t Table
	for dec := json.NewDecoder(in); ; {
		var record json.RawMessage
		if err := dec.Decode(&record); err != nil {
			return t.filled(), ended(err)
		}
		if len(t.Rows) == n {
			t.More = true
			return t.filled(), nil
		}
		t.add(record)
	}
}

// readJSON reads the records of a list, or one record.
func readJSON(in io.Reader, n int) (Table, error) {
	dec := json.NewDecoder(in)
	var t Table
	first, err := dec.Token()
	if err != nil {
		return t, ended(err)
	}
	switch first {
	case json.Delim('['):
		for dec.More() {
			var record json.RawMessage
			if err := dec.Decode(&record); err != nil {
				return t.filled(), err
			}
			if len(t.Rows) == n {
				t.More = true
				break
			}
			t.add(record)
		}
		return t.filled(), nil
	case json.Delim('{'):
		return readObject(dec)
	}
	return Table{Columns: []string{"value"}, Rows: [][]string{{text(first)}}}, nil
}

// readObject shows one record with a row for each of its keys.
func readObject(dec *json.Decoder) (Table, error) {
	t := Table{Columns: []string{"key", "value"}}
	for dec.More() {
		key, err := dec.Token()
		if err != nil {
			return t, err
		}
		var value json.RawMessage
		if err := dec.Decode(&value); err != nil {
			return t, err
		}
		t.Rows = append(t.Rows, []string{text(key), plain(value)})
	}
	return t, nil
}

func text(token json.Token) string {
	encoded, err := json.Marshal(token)
	if err != nil {
		return ""
	}
	return plain(encoded)
}

// add adds a record; a key that none before it had is another column.
func (t *Table) add(record json.RawMessage) {
	row := slices.Repeat([]string{""}, len(t.Columns))
	put := func(name, value string) {
		i := slices.Index(t.Columns, name)
		if i < 0 {
			if len(t.Columns) >= columns {
				return
			}
			i = len(t.Columns)
			t.Columns, row = append(t.Columns, name), append(row, "")
		}
		row[i] = value
	}
	dec := json.NewDecoder(bytes.NewReader(record))
	if open, err := dec.Token(); err != nil || open != json.Delim('{') {
		put("value", plain(record))
		t.Rows = append(t.Rows, row)
		return
	}
	for dec.More() {
		key, err := dec.Token()
		if err != nil {
			break
		}
		var value json.RawMessage
		if err := dec.Decode(&value); err != nil {
			break
		}
		name, _ := key.(string)
		put(name, plain(value))
	}
	t.Rows = append(t.Rows, row)
}

// filled gives every row all columns: the first ones were made with fewer.
func (t Table) filled() Table {
	for i, row := range t.Rows {
		for len(row) < len(t.Columns) {
			row = append(row, "")
		}
		t.Rows[i] = row
	}
	return t
}

// plain shows a value: a text without its quotes, null as nothing.
func plain(value json.RawMessage) string {
	var s string
	switch {
	case bytes.Equal(value, []byte("null")):
		return ""
	case json.Unmarshal(value, &s) == nil:
		return s
	}
	var flat bytes.Buffer
	if err := json.Compact(&flat, value); err != nil {
		return string(value)
	}
	return flat.String()
}
