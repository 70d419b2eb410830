package format

import (
	"archive/zip"
	"context"
	"fmt"
	"io"

	"github.com/klauspost/compress/flate"

	"speckle-runner/internal/output/record"
)

// workbook writes the archive. How many sheets there are is known before the
// first: what lists them comes first, as readers of streams want it.
type workbook struct {
	archive *zip.Writer
	sheets  []sheetPlan
	sheet   *sheet
	at      int           // the sheet under way
	links   [][]linkPlace // of each sheet before it
	plain   int
}

func newWorkbook(ctx context.Context, w io.Writer, r record.Records, columns []record.Column, limits xlsxLimits) (*workbook, error) {
	count, err := r.Counted(ctx)
	if err != nil {
		return nil, err
	}
	b := &workbook{archive: zip.NewWriter(w)}
	b.archive.RegisterCompressor(zip.Deflate, func(out io.Writer) (io.WriteCloser, error) {
		return flate.NewWriter(out, flate.DefaultCompression)
	})
	for full := limits.rows - 1; ; count -= int64(full) {
		s := sheetPlan{number: len(b.sheets) + 1, records: int(min(count, int64(full))), columns: len(columns)}
		b.sheets = append(b.sheets, s)
		if count <= int64(full) {
			return b, nil
		}
	}
}

func (b *workbook) add(name, text string) error {
	part, err := b.archive.Create(name)
	if err != nil {
		return err
	}
	_, err = io.WriteString(part, text)
	return err
}

// record writes a row, on the next sheet when this one is full.
func (b *workbook) record() error {
	if b.sheet.row == b.sheet.limits.rows && b.at+1 < len(b.sheets) {
		if err := b.end(); err != nil {
			return err
		}
		b.at++
		if err := b.begin(); err != nil {
			return err
		}
	}
	return b.sheet.write()
}

func (b *workbook) begin() error {
	s := b.sheets[b.at]
	part, err := b.archive.Create(s.part())
	if err != nil {
		return err
	}
	b.sheet.begin(part, s)
	return nil
}

func (b *workbook) end() error {
	s := b.sheets[b.at]
	if err := b.sheet.end(s); err != nil {
		return err
	}
	b.links, b.plain = append(b.links, b.sheet.links), b.plain+b.sheet.plain
	if !s.table() {
		return nil
	}
	return b.add(s.tablePart(), b.sheet.table(s))
}

// notes tell what a reader of the workbook should know.
func (b *workbook) notes(limits xlsxLimits) []string {
	var notes []string
	if n := len(b.sheets); n > 1 {
		notes = append(notes, fmt.Sprintf("the records are on %d sheets: one takes %d; "+
			"for one table write csv or parquet, or several files with for_each", n, limits.rows-1))
	}
	if b.plain > 0 {
		notes = append(notes, fmt.Sprintf("%d addresses are plain text: Excel opens no more than %d links of a sheet", b.plain, limits.links))
	}
	if text := headNote(b.sheet.own, b.sheet.heads, "Excel wants each to be other than the rest, on one line and not too long"); text != "" {
		notes = append(notes, text)
	}
	return notes
}
