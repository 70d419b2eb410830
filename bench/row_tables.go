package main

import (
	"fmt"
	"path/filepath"

	"speckle-runner/internal/output/format"
)

// table is a format whose time and memory are held against NDJSON's.
type table struct {
	file  string
	limit float64 // times NDJSON's time; 0: none is set
	check func(file string, records int) func(string) (sum, error)
	once  bool // twice as much is more rows than a sheet takes
}

func measureTables(l *lab) ([]line, error) {
	var lines []line
	for _, t := range []table{
		{"export.csv", 1.5, checkCSV, false},
		{"export.parquet", 2, checkParquet, false},
		{"export.json", 0, checkStream, false},
		{"export.ndjson.gz", 0, checkStream, false},
		{"export.csv.zst", 0, checkStream, false},
		{"export.xlsx", 0, checkStream, true},
	} {
		f, err := format.Of(t.file)
		if err != nil {
			lines = append(lines, line{
				What: filepath.Ext(t.file)[1:], Rival: "NDJSON", Target: fmt.Sprintf("≤ %g ×", t.limit), Note: "no such format yet",
			})
			continue
		}
		some, err := l.table(t, f.String())
		lines = append(lines, some...)
		if err != nil {
			return lines, err
		}
	}
	return lines, nil
}

func (l *lab) table(t table, name string) ([]line, error) {
	b, err := l.bulk(l.scaled(fullObjects))
	if err != nil {
		return nil, err
	}
	// Beside each other, as the rows before may be long ago.
	plain := b.ours(l, "export.ndjson", checkNDJSON("export.ndjson", b.records))
	mine := b.ours(l, t.file, t.check(t.file, b.records))
	plain.name, mine.name = "runner run, ndjson", "runner run, "+name
	all, err := l.compete(l.rounds, plain, mine)
	if err != nil {
		return nil, err
	}
	once := megabytes(all[1].samples)
	time := compare(name+", time", seconds(all[1].samples), "NDJSON", seconds(all[0].samples))
	if t.limit > 0 {
		time = time.ratioAtMost(t.limit, fmt.Sprintf("≤ %g ×", t.limit))
	}
	lines := []line{time, compare(name+", peak memory", once, "NDJSON", megabytes(all[0].samples))}
	if t.once {
		return lines, nil
	}
	b, err = l.bulk(2 * l.scaled(fullObjects))
	if err != nil {
		return lines, err
	}
	double, err := l.compete(1, b.ours(l, t.file, t.check(t.file, b.records)))
	if err != nil {
		return lines, err
	}
	twice := megabytes(double[0].samples)
	return append(lines, compare(name+", of twice as much", twice, name+", once as much", once).ratioAtMost(flat, "the same")), nil
}
