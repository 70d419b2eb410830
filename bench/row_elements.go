package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	bundles "speckle-runner/internal/elements/bundle/sample"
	"speckle-runner/internal/speckle/fake"
)

const (
	fullCells      = 1_000_000 // and ten times as many
	elementsTime   = 30        // seconds
	elementsMemory = 64        // MB above the process's own
	duckDB         = "DuckDB, files at hand"
	duckDBPackage  = "@duckdb/node-api"
)

// elementsTable is a table of a bundle that all contestants make alike.
type elementsTable struct {
	name, about string
	keys        string // of the job's elements
}

func elementsTables() []elementsTable {
	return []elementsTable{
		{"doors", "a schedule of doors", `
      where: { category: Doors }
      properties: { area: Parameter 012, note: Parameter 004, kind: T01 }
    select: '{id, name, type, level, room, host, area, note, kind}'`},
		{"rows", "one row a property", `
      rows: properties`},
	}
}

// measureElements is about a bundle that lies in a storage on loopback. DuckDB
// does the same join of the same files where they lie: what it needs beside, to
// find and fetch a version, is no part of its time.
func measureElements(l *lab) ([]line, error) {
	own, err := l.ofOneElement()
	if err != nil {
		return nil, err
	}
	var lines []line
	for _, times := range []int{1, 10} {
		b, err := l.building(l.scaled(fullCells) * times)
		if err != nil {
			return lines, err
		}
		if times == 1 {
			if err := l.asDuckDBWrites(b); err != nil {
				return lines, err
			}
		}
		for _, t := range elementsTables() {
			some, err := b.measure(l, t, own)
			lines = append(lines, some...)
			if err != nil {
				return lines, err
			}
		}
	}
	return lines, nil
}

// measure holds a table against DuckDB's, and its memory against that of a
// building of one element too.
func (b building) measure(l *lab, t elementsTable, own figure) ([]line, error) {
	all, err := l.compete(l.rounds, b.ours(l, t), b.duckDB(l, t))
	if err != nil {
		return nil, err
	}
	what := fmt.Sprintf("%s, %d rows: ", t.about, b.cells)
	ours := megabytes(all[0].samples)
	time := compare(what+"time", seconds(all[0].samples), duckDB, seconds(all[1].samples)).valueAtMost(elementsTime)
	memory := compare(what+"peak memory", ours, duckDB, megabytes(all[1].samples))
	time.Note, memory.Note = all[1].note, all[1].note
	return []line{time, memory, compare(what+"peak memory", ours, "runner run, one element", own).aboveAtMost(elementsMemory)}, nil
}

// ofOneElement is the memory of a run that has next to nothing to read.
func (l *lab) ofOneElement() (figure, error) {
	b, err := l.building(1)
	if err != nil {
		return figure{}, err
	}
	one, err := l.compete(l.rounds, b.ours(l, elementsTable{name: "one element", keys: elementsTables()[1].keys}))
	if err != nil {
		return figure{}, err
	}
	return megabytes(one[0].samples), nil
}

// building is a large bundle: files on disk, and a server that publishes them.
type building struct {
	url, dir string
	cells    int
}

func (l *lab) building(cells int) (building, error) {
	b := building{dir: filepath.Join(l.scratch, fmt.Sprintf("bundle-%d", cells)), cells: cells}
	if err := os.Mkdir(b.dir, 0o755); err != nil {
		return b, err
	}
	l.sayf("  a bundle of %d property rows is made", cells)
	if _, err := bundles.Large(cells).Write(b.dir, "v", bundles.Layout{}); err != nil {
		return b, err
	}
	return b.published(l)
}

func (b building) published(l *lab) (building, error) {
	s, err := l.server(serverSpec{Files: b.dir})
	if err == nil {
		b.url = s.url
	}
	return b, err
}

// asDuckDBWrites lets DuckDB write the files anew: Speckle's aren't written by
// our library either, and what the runner makes of them has to be the same.
func (l *lab) asDuckDBWrites(b building) error {
	anew := building{dir: b.dir + "-anew", cells: b.cells}
	writes := b.duckDB(l, elementsTable{name: "rewrite"})
	if !installed(writes.needs) {
		return nil
	}
	if err := os.Mkdir(anew.dir, 0o755); err != nil {
		return err
	}
	if _, err := l.start(writes, anew.dir); err != nil {
		return fmt.Errorf("DuckDB, writing the bundle: %w", err)
	}
	anew, err := anew.published(l)
	if err != nil {
		return err
	}
	for _, t := range elementsTables() {
		one, other := b.ours(l, t), anew.ours(l, t)
		other.name += ", as DuckDB writes it"
		if _, err := l.compete(1, one, other); err != nil {
			return err
		}
	}
	return nil
}

func (b building) ours(l *lab, t elementsTable) contestant {
	job := fmt.Sprintf(`server: %s
jobs:
  elements:
    schedule: manual
    token_env: TOKEN
    elements:
      project: %s
      model: %s%s
    outputs:
      - file: export.csv
`, b.url, fake.HouseID, fake.OfficeID, t.keys)
	return contestant{
		name: "runner run, " + t.name, argv: []string{l.runner, "run", "elements"},
		files: map[string]string{"jobs.yaml": job}, check: checkElements,
	}
}

func (b building) duckDB(l *lab, t elementsTable) contestant {
	c := contestant{
		name: "DuckDB, " + t.name, needs: "node", argv: []string{"node", "@elements.cjs", t.name}, check: checkElements,
		env: map[string]string{"BUNDLE": b.dir, "NODE_PATH": l.duckDBModules()},
	}
	if _, err := os.Stat(filepath.Join(l.duckDBModules(), duckDBPackage)); err != nil {
		c.needs = duckDBPackage
	}
	return c
}

// duckDBModules is where .ci/needs-bench puts it.
func (l *lab) duckDBModules() string {
	return filepath.Join(l.root, ".tools", "duckdb", "node_modules")
}

// duckDBVersion is what that package says of itself.
func (l *lab) duckDBVersion() string {
	var about struct{ Version string }
	text, err := os.ReadFile(filepath.Join(l.duckDBModules(), duckDBPackage, "package.json"))
	if err != nil || json.Unmarshal(text, &about) != nil {
		return "none"
	}
	return duckDBPackage + " " + about.Version
}
