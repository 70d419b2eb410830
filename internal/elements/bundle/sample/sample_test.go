package sample_test

import (
	"os"
	"testing"

	"github.com/parquet-go/parquet-go"

	"speckle-runner/internal/elements/bundle/sample"
)

func TestWhatIsWrittenIsParquetOfSoManyRows(t *testing.T) {
	for name, b := range map[string]sample.Bundle{
		"small": sample.Small(), "mixed": sample.Mixed(), "conformance": sample.Conformance(), "large": sample.Large(1000),
		"shuffled": sample.Large(1000).Shuffled(1),
		"resolved": sample.Conformance().Resolved(), "house": sample.House(),
	} {
		// Some thirty row groups: thousands take minutes with the race detector, under which zstd's encoders are made anew.
		for _, layout := range []sample.Layout{{}, {GroupRows: 7 + longest(b)/30, Version: 2, Plain: true}} {
			files, err := b.Write(t.TempDir(), "v", layout)
			if err != nil {
				t.Fatal(err)
			}
			for suffix, path := range files {
				if got := rows(t, path); got != int64(b.Table(suffix).Rows) {
					t.Errorf("%s: %s has %d rows, not %d", name, suffix, got, b.Table(suffix).Rows)
				}
			}
		}
	}
}

func TestConformanceHasTheRowsOfItsFormulas(t *testing.T) {
	if own := sample.Conformance().Table(sample.Cells).Rows; own != 6000 {
		t.Errorf("%d property rows, not 6000", own)
	}
	// The 199 objects of a type get its key as their type, too.
	if all := sample.Conformance().Resolved().Table(sample.Cells).Rows; all != 6597+199 {
		t.Errorf("%d property rows with types resolved, not 6796", all)
	}
}

// longest is how many rows the longest table has.
func longest(b sample.Bundle) (most int) {
	for _, table := range b.Tables {
		most = max(most, table.Rows)
	}
	return most
}

func rows(t *testing.T, path string) int64 {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		t.Fatal(err)
	}
	read, err := parquet.OpenFile(file, info.Size())
	if err != nil {
		t.Fatal(err)
	}
	return read.NumRows()
}
