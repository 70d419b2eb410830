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
		for _, layout := range []sample.Layout{{}, {GroupRows: 7, Version: 2, Plain: true}} {
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

func TestEachFaultCanBeWritten(t *testing.T) {
	for _, fault := range sample.Faults() {
		if _, err := fault.Write(t.TempDir(), "v"); err != nil {
			t.Errorf("%s: %v", fault.Name, err)
		}
	}
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
