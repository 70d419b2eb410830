package output

import (
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"time"

	"speckle-runner/internal/output/record"
	"speckle-runner/internal/output/target"
)

// A file that grows has an index beside it: which part of it each run wrote. A
// run that is repeated replaces its part, so that no tick is in the file twice;
// a run of an older tick puts its part before those of newer ones.
//
// The index is put in place before its file, and knows both: the file that it
// announces and the one that this continues. So it is true whichever of them lies
// there, also for a process that comes by when another one died in between.

// growth is the index of a file that grows.
type growth struct {
	Version  int       `json:"version"`
	Size     int64     `json:"size"`
	SHA256   string    `json:"sha256"` // of the whole file
	Columns  []string  `json:"columns,omitempty"`
	Form     *form     `json:"form,omitempty"` // older versions didn't note it
	Base     int64     `json:"base"`           // bytes before the first part
	Own      bool      `json:"own,omitempty"`  // they are the header; else records may be among them
	Segments []segment `json:"segments"`
	// Before is the file that was continued: it lies there until this one is put.
	Before *growth `json:"before,omitempty"`
}

// segment is what one run wrote.
type segment struct {
	Run     string    `json:"run"`
	Tick    time.Time `json:"tick"`
	Bytes   int64     `json:"bytes"`
	Records int64     `json:"records"`
}

const (
	growthVersion = 1
	// maxGrowth bounds an index that is read, in bytes, and maxSegments one
	// that is written: the oldest parts become the base then.
	maxGrowth   = 16 << 20
	maxSegments = 20_000 // of each of the two files
)

// ErrColumns says that the columns of a growing table have changed.
var ErrColumns = errors.New("its columns have changed")

// errGrew says that somebody else wrote a growing file meanwhile.
var errGrew = errors.New("another run appended to it meanwhile")

// growthPath gives the path of a file's index.
func growthPath(file string) string {
	return filepath.FromSlash(target.PartsPath(filepath.ToSlash(file)))
}

// readGrowth reads a file's index. Without one, or with one that can't be
// trusted, it gives nil.
func (d *Dir) readGrowth(target string) *growth {
	name := growthPath(target)
	if info, err := d.Root.Stat(name); err != nil || !info.Mode().IsRegular() || info.Size() > maxGrowth {
		return nil
	}
	text, err := d.Root.ReadFile(name)
	if err != nil {
		return nil
	}
	return parseGrowth(text)
}

func parseGrowth(text []byte) *growth {
	g := &growth{}
	if json.Unmarshal(text, g) != nil || !g.adds() || !g.Form.possible() {
		return nil
	}
	if before := g.Before; before != nil {
		before.Before = nil
		if !before.adds() || !before.Form.possible() {
			g.Before = nil
		}
	}
	return g
}

// adds reports whether the parts make up the file.
func (g *growth) adds() bool {
	if g.Version != growthVersion || g.Base < 0 {
		return false
	}
	left := g.Size - g.Base
	for _, s := range g.Segments {
		if s.Bytes < 0 || s.Records < 0 || s.Bytes > left {
			return false
		}
		left -= s.Bytes
	}
	return left == 0
}

// of gives what is known of the file with this sha256: one of the two that the
// index is about; nil of any other.
func (g *growth) of(sha256 string) *growth {
	for ; g != nil; g = g.Before {
		if g.SHA256 == sha256 {
			return g
		}
	}
	return nil
}

// asBefore gives a copy for the index of the file that continues this one.
func (g *growth) asBefore() *growth {
	before := *g
	before.Before, before.Segments = nil, slices.Clone(g.Segments)
	return &before
}

// has reports whether a run wrote a part of the file.
func (g *growth) has(run string) bool {
	return slices.ContainsFunc(g.Segments, func(s segment) bool { return s.Run == run })
}

// rows counts what the known parts hold.
func (g *growth) rows() (n int64) {
	for _, s := range g.Segments {
		n += s.Records
	}
	return n
}

// place finds where a run's part goes: at a number of bytes, in place of as
// many others.
func (g *growth) place(run string, tick time.Time) (number int, at, instead int64) {
	number = slices.IndexFunc(g.Segments, func(s segment) bool { return s.Run == run })
	known := number >= 0
	if !known {
		number = len(g.Segments)
		for number > 0 && g.Segments[number-1].Tick.After(tick) {
			number--
		}
	}
	at = g.Base
	for _, s := range g.Segments[:number] {
		at += s.Bytes
	}
	if known {
		instead = g.Segments[number].Bytes
		g.Segments = slices.Delete(g.Segments, number, number+1)
	}
	return number, at, instead
}

// bound lets the oldest parts become the base of the file.
func (g *growth) bound() {
	over := max(0, len(g.Segments)-maxSegments)
	for _, s := range g.Segments[:over] {
		g.Base += s.Bytes
		g.Own = false
	}
	g.Segments = g.Segments[over:]
}

// columnsFor gives a table's columns in the order that its file has. A column
// that the file doesn't have is ErrColumns: it would be lost in silence. One that only
// the file has stays empty.
func columnsFor(have []string, columns []record.Column) ([]record.Column, error) {
	names := record.Headers(columns)
	ordered := make([]record.Column, len(have))
	for i, name := range have {
		ordered[i] = record.Column{Name: name, Path: record.SplitPath(name), Blank: true}
	}
	for i, name := range names {
		at := slices.Index(have, name)
		if at < 0 && columns[i].Empty {
			continue // the data has nothing there that could be lost
		}
		if at < 0 {
			return nil, fmt.Errorf("%w: the file has no column %s; put {month} or another name into its path to begin a new one, or name the "+
				"columns that are there with columns", ErrColumns, name)
		}
		ordered[at] = columns[i]
		ordered[at].Name = name
	}
	return ordered, nil
}
