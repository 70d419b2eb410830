package format

import (
	"context"
	"errors"
	"io"
	"strings"

	"speckle-runner/internal/output/record"
)

// relations writes each sheet's: to its table, and to where its links lead.
func (b *workbook) relations(ctx context.Context, r record.Records) error {
	left := 0
	for n, s := range b.sheets {
		left += len(b.links[n])
		if s.table() && len(b.links[n]) == 0 {
			if err := b.add(s.relations(), relationsHead+s.tableRelation()+relationsEnd); err != nil {
				return err
			}
		}
	}
	if left == 0 {
		return nil
	}
	w := &linkWriter{book: b, left: left, sheet: -1}
	if err := record.EachRecord(ctx, r, w.record); !errors.Is(err, errLastLink) {
		return err
	}
	return nil
}

// errLastLink ends the reading of records.
var errLastLink = errors.New("no more links")

// linkWriter goes over the records again, up to the last that has a link.
type linkWriter struct {
	book  *workbook
	out   io.Writer
	sheet int // whose relations are open
	next  int // of its links
	seen  int // records
	left  int // links of all sheets
}

func (w *linkWriter) record(s *record.Scanner) error {
	perSheet := w.book.sheet.limits.rows - 1
	sheet, row := w.seen/perSheet, w.seen%perSheet+2
	w.seen++
	if sheet != w.sheet {
		if err := w.open(sheet); err != nil {
			return err
		}
	}
	links := w.book.links[sheet]
	if w.next == len(links) || int(links[w.next].row) != row {
		_, err := s.Value()
		return err
	}
	rows := w.book.sheet.rows
	if err := rows.Read(s); err != nil {
		return err
	}
	for ; w.next < len(links) && int(links[w.next].row) == row; w.next++ {
		_, text := rows.Cell(int(links[w.next].column))
		if err := w.link(w.next, text); err != nil {
			return err
		}
	}
	return w.close(w.next == len(links))
}

func (w *linkWriter) open(sheet int) (err error) {
	w.sheet, w.next = sheet, 0
	if len(w.book.links[sheet]) == 0 {
		return nil
	}
	s := w.book.sheets[sheet]
	if w.out, err = w.book.archive.Create(s.relations()); err != nil {
		return err
	}
	_, err = io.WriteString(w.out, relationsHead+s.tableRelation())
	return err
}

func (w *linkWriter) link(n int, text []byte) error {
	target, _ := linkTarget(text)
	w.left--
	_, err := io.WriteString(w.out, `<Relationship Id="`+linkID(n)+`" Type="`+xmlRelations+`/hyperlink" Target="`+
		strings.ReplaceAll(target, "&", "&amp;")+`" TargetMode="External"/>`)
	return err
}

func (w *linkWriter) close(last bool) error {
	if !last {
		return nil
	}
	if _, err := io.WriteString(w.out, relationsEnd); err != nil {
		return err
	}
	if w.left == 0 {
		return errLastLink
	}
	return nil
}
