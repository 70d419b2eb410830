package format

import (
	"context"
	"fmt"
	"io"

	"speckle-runner/internal/output/record"
)

// encodeXLSX writes a workbook, as a stream: rows go into the archive as they
// are read, and nothing is kept in a temporary file.
func encodeXLSX(ctx context.Context, w io.Writer, r record.Records, o Options) error {
	return encodeWorkbook(ctx, w, r, o, xlsxLimits{rows: xlsxRows, links: xlsxLinks})
}

func encodeWorkbook(ctx context.Context, w io.Writer, r record.Records, o Options, limits xlsxLimits) error {
	columns, err := record.TableColumns(ctx, r, o.Columns)
	if err != nil {
		return err
	}
	if len(columns) > xlsxColumns {
		return &SheetError{fmt.Sprintf("%d columns, a sheet takes %d: give columns", len(columns), xlsxColumns)}
	}
	stats, err := record.StatsOf(ctx, r, columns)
	if err != nil {
		return err
	}
	b, err := newWorkbook(ctx, w, r, columns, limits)
	if err != nil {
		return err
	}
	b.sheet = newSheet(columns, stats, limits)
	if err := b.write(ctx, r); err != nil {
		return err
	}
	if o.Report != nil {
		o.Report.Notes = b.notes(limits)
		if r.Count != 0 {
			o.Report.Absent = record.Absent(record.Headers(columns), []*record.RowReader{b.sheet.rows})
		}
	}
	return b.archive.Close()
}

func (b *workbook) write(ctx context.Context, r record.Records) error {
	for _, part := range []struct{ name, text string }{
		{"[Content_Types].xml", xmlHead + contentTypes(b.sheets)},
		{"_rels/.rels", relationsHead + relation("rId1", "officeDocument", "xl/workbook.xml") + relationsEnd},
		{"xl/workbook.xml", xmlHead + workbookText(b.sheets)},
		{"xl/_rels/workbook.xml.rels", relationsHead + workbookRelations(b.sheets) + relationsEnd},
		{"xl/styles.xml", xmlHead + xlsxStyles},
	} {
		if err := b.add(part.name, part.text); err != nil {
			return err
		}
	}
	if err := b.begin(); err != nil {
		return err
	}
	err := record.EachRecord(ctx, r, func(s *record.Scanner) error {
		if err := b.sheet.rows.Read(s); err != nil {
			return err
		}
		return b.record()
	})
	if err != nil {
		return err
	}
	if err := b.end(); err != nil {
		return err
	}
	return b.relations(ctx, r)
}
