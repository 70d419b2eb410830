package main

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
)

// sum is what two whole exports have in common, whatever their format: how
// many records, and the sum of their ids.
type sum struct {
	records int
	ids     uint64
}

// bulkPrefix begins the id of every record of the server's load test project;
// eight hexadecimal digits follow, counting from 1.
const bulkPrefix = "b0b05eed0000000000000000"

// every is how many lines lie between two that are parsed: to parse all would
// take longer than to write them.
const every = 97

// tally counts how often each id of 1 to n occurs.
type tally []uint8

func newTally(n int) tally { return make(tally, n+1) }

// count notes the ids in a piece of text and says how many there were.
func (t tally) count(text []byte) (int, error) {
	for found := 0; ; found++ {
		i := bytes.Index(text, []byte(bulkPrefix))
		if i < 0 {
			return found, nil
		}
		text = text[i+len(bulkPrefix):]
		if len(text) < 8 {
			return found, errors.New("an id is cut")
		}
		n, err := strconv.ParseUint(string(text[:8]), 16, 32)
		if err != nil || n == 0 || n >= uint64(len(t)) {
			return found, fmt.Errorf("there is no id %s%s", bulkPrefix, text[:8])
		}
		t[n] = min(t[n]+1, 250)
	}
}

// idsOfOne is how often a record names its id: itself, and in its data.
const idsOfOne = 2

// whole says whether each id was there that often, with some more here and
// there (the cursors of pages).
func (t tally) whole(more int) (sum, error) {
	var total sum
	for n, found := range t[1:] {
		if found < idsOfOne {
			return total, fmt.Errorf("record %d of %d is there %d times, not %d", n+1, len(t)-1, found, idsOfOne)
		}
		more -= int(found - idsOfOne)
		total.records, total.ids = total.records+1, total.ids+uint64(n+1)
	}
	if more < 0 {
		return total, fmt.Errorf("%d ids too many", -more)
	}
	return total, nil
}

// checkPages reads whole answers, one a line.
func checkPages(file string, records, pages int) func(string) (sum, error) {
	return func(dir string) (sum, error) {
		t := newTally(records)
		lines, err := eachLine(filepath.Join(dir, file), func(_ int, line []byte) error {
			_, err := t.count(line)
			return err
		})
		if err != nil {
			return sum{}, err
		}
		// A loop asks once more, to see that there is no more.
		if lines != pages && lines != pages+1 {
			return sum{}, fmt.Errorf("%d answers, not %d", lines, pages)
		}
		return t.whole(pages)
	}
}

// checkNDJSON reads one record a line: {"id":…,"data":{"id":…}}.
func checkNDJSON(file string, records int) func(string) (sum, error) {
	return func(dir string) (sum, error) {
		t := newTally(records)
		lines, err := eachLine(filepath.Join(dir, file), func(n int, line []byte) error {
			if found, err := t.count(line); err != nil || found != idsOfOne {
				return errors.Join(err, fmt.Errorf("line %d has %d ids, not 2", n, found))
			}
			if n%every == 0 && !json.Valid(line) {
				return fmt.Errorf("line %d is no JSON", n)
			}
			if len(line) < 780 || len(line) > 840 {
				return fmt.Errorf("line %d has %d bytes, not about 800", n, len(line))
			}
			return nil
		})
		if err != nil {
			return sum{}, err
		}
		if lines != records {
			return sum{}, fmt.Errorf("%d lines, not %d", lines, records)
		}
		return t.whole(0)
	}
}

// checkCSV reads a header and a row a record, all with as many cells.
func checkCSV(file string, records int) func(string) (sum, error) {
	return func(dir string) (sum, error) {
		f, err := os.Open(filepath.Join(dir, file))
		if err != nil {
			return sum{}, err
		}
		defer f.Close()
		t, rows := newTally(records), 0
		in := csv.NewReader(bufio.NewReaderSize(f, 1<<20))
		in.ReuseRecord = true
		for ; ; rows++ {
			cells, err := in.Read()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				return sum{}, err
			}
			found := 0
			for _, cell := range cells {
				n, err := t.count([]byte(cell))
				if err != nil {
					return sum{}, fmt.Errorf("row %d: %w", rows, err)
				}
				found += n
			}
			if rows > 0 && found != idsOfOne {
				return sum{}, fmt.Errorf("row %d has %d ids, not 2", rows, found)
			}
		}
		if rows != records+1 {
			return sum{}, fmt.Errorf("%d rows with the header, not %d", rows, records+1)
		}
		return t.whole(0)
	}
}

// eachLine reads a file whose lines may be as long as a page.
func eachLine(file string, do func(n int, line []byte) error) (int, error) {
	f, err := os.Open(file)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	in := bufio.NewReaderSize(f, 4<<20)
	for n := 1; ; n++ {
		line, err := in.ReadSlice('\n')
		switch {
		case errors.Is(err, io.EOF) && len(line) == 0:
			return n - 1, nil
		case errors.Is(err, io.EOF):
			return n, errors.New("the last line has no end")
		case err != nil:
			return n, err
		}
		if err := do(n, line); err != nil {
			return n, err
		}
	}
}

var modelID = regexp.MustCompile(`"model":\{"id":"([0-9a-f]{10})"`)

// checkModels reads answers about one model each.
func checkModels(file string, models int) func(string) (sum, error) {
	return func(dir string) (sum, error) {
		text, err := os.ReadFile(filepath.Join(dir, file))
		if err != nil {
			return sum{}, err
		}
		var total sum
		seen := map[string]bool{}
		for _, match := range modelID.FindAllSubmatch(text, -1) {
			id := string(match[1])
			n, err := strconv.ParseUint(id, 16, 64)
			if err != nil || seen[id] {
				return total, errors.Join(err, fmt.Errorf("model %s twice", id))
			}
			seen[id] = true
			total.records, total.ids = total.records+1, total.ids+n
		}
		if total.records != models {
			return total, fmt.Errorf("%d models, not %d", total.records, models)
		}
		return total, nil
	}
}

func contains(text []byte, wanted string) error {
	if !bytes.Contains(text, []byte(wanted)) {
		return fmt.Errorf("no %s in %.200s", wanted, text)
	}
	return nil
}
