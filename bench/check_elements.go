package main

import (
	"bufio"
	"encoding/csv"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"os"
	"path/filepath"
	"strconv"
)

// checkElements reads a table of elements. Two are alike when they have the same
// columns and the same rows, whatever way a number is written.
func checkElements(dir string) (sum, error) {
	f, err := os.Open(filepath.Join(dir, "export.csv"))
	if err != nil {
		return sum{}, err
	}
	defer f.Close()
	in := csv.NewReader(bufio.NewReaderSize(f, 1<<20))
	in.ReuseRecord = true
	total, last := sum{records: -1}, ""
	for {
		cells, err := in.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return total, err
		}
		if total.records >= 0 && cells[0] < last {
			return total, fmt.Errorf("row %d isn't in the order of the elements", total.records+1)
		}
		total.records++
		if total.records > 0 {
			last = string(append([]byte(nil), cells[0]...))
		}
		total.ids += hashOf(cells)
	}
	if total.records < 1 {
		return total, errors.New("it has no rows")
	}
	return total, nil
}

func hashOf(cells []string) uint64 {
	h := fnv.New64a()
	for _, cell := range cells {
		if n, err := strconv.ParseFloat(cell, 64); err == nil {
			cell = strconv.FormatFloat(n, 'g', -1, 64)
		}
		_, _ = io.WriteString(h, cell) // a hash takes everything
		_, _ = h.Write([]byte{0})
	}
	return h.Sum64()
}
