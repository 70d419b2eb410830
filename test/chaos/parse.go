package main

import (
	"bytes"
	"compress/gzip"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
)

var errHalf = errors.New("doesn't end where a file ends")

// parse reads a whole export, by its name. What is cut off anywhere is an error.
func parse(name string, content []byte) ([]row, error) {
	if inner, packed := strings.CutSuffix(name, ".gz"); packed {
		unpacked, err := gzip.NewReader(bytes.NewReader(content))
		if err != nil {
			return nil, err
		}
		plain, err := io.ReadAll(unpacked)
		if err != nil {
			return nil, err
		}
		return parse(inner, plain)
	}
	switch {
	case strings.HasSuffix(name, ".ndjson"):
		return parseLines(content)
	case strings.HasSuffix(name, ".csv"):
		return parseTable(content)
	case strings.HasSuffix(name, ".xlsx"):
		return parseBook(content)
	case strings.HasSuffix(name, ".parquet"):
		return parseColumns(content)
	default:
		var rows []row
		err := json.Unmarshal(content, &rows)
		return rows, err
	}
}

func parseLines(content []byte) (rows []row, err error) {
	if len(content) > 0 && !bytes.HasSuffix(content, []byte("\n")) {
		return nil, errHalf
	}
	for line := range bytes.Lines(content) {
		var r row
		if err := json.Unmarshal(line, &r); err != nil {
			return nil, fmt.Errorf("line %d: %w", len(rows)+1, err)
		}
		rows = append(rows, r)
	}
	return rows, nil
}

func parseTable(content []byte) (rows []row, err error) {
	if !bytes.HasSuffix(content, []byte("\n")) {
		return nil, errHalf
	}
	table, err := csv.NewReader(bytes.NewReader(content)).ReadAll()
	if err != nil {
		return nil, err
	}
	id, tick := slices.Index(table[0], "id"), slices.Index(table[0], "tick")
	if id < 0 {
		return nil, errNoID
	}
	for _, cells := range table[1:] {
		r := row{ID: cells[id]}
		if tick >= 0 {
			if r.Tick, err = time.Parse(time.RFC3339, cells[tick]); err != nil {
				return nil, err
			}
		}
		rows = append(rows, r)
	}
	return rows, nil
}
