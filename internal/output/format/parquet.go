package format

import (
	"context"
	"io"
	"speckle-runner/internal/output/record"

	"github.com/parquet-go/parquet-go"
)

// Bounds that keep memory flat: a row group is held, encoded, until it is
// written, and each column has a page under way.
const (
	parquetGroup   = 8 << 20 // bytes of cells in a row group
	parquetBatch   = 8 << 10 // cells that wait to be written
	parquetPages   = 1 << 20 // of all columns together
	parquetMinPage = 16 << 10
	parquetMaxPage = 64 << 10
	parquetMaxDict = 128 << 10 // of a column; behind it, its values are plain
)

const secondsOfDay = 24 * 60 * 60

// encodeParquet writes flat, nullable columns of the types that they have, or
// that the data give them. What it uses of the format is what every reader has
// had for years: Snappy, version 1 pages, dictionaries.
func encodeParquet(ctx context.Context, w io.Writer, r record.Records, o Options) error {
	columns, err := record.TableColumns(ctx, r, o.Columns)
	if err != nil {
		return err
	}
	if len(columns) == 0 {
		columns = []record.Column{{Name: record.ValueColumn}} // readers refuse a file without columns
	}
	columns = record.AllChecked(columns)
	stats, known := record.Known(columns)
	if !known {
		if stats, err = record.StatsOf(ctx, r, columns); err != nil {
			return err
		}
	}
	names := record.Headers(columns)
	table := newParquetTable(w, names, stats)
	var rows []*record.RowReader
	err = record.Beside(ctx, r, func() *parquetRows {
		worker := newParquetRows(columns, table.kinds, known)
		rows = append(rows, worker.rows)
		return worker
	}, table.write)
	if err != nil {
		return err
	}
	if o.Report != nil {
		o.Report.Columns, o.Report.Notes = record.Settled(columns, stats), doubled(columns)
		if r.Count != 0 {
			o.Report.Absent = record.Absent(names, rows)
		}
	}
	return table.end.close(table.out)
}

// orderedGroup keeps columns in their order; parquet.Group sorts them by name.
type orderedGroup struct {
	parquet.Group
	fields []parquet.Field
}

func (g orderedGroup) Fields() []parquet.Field { return g.fields }

func parquetSchema(names []string, kinds []record.Kind) *parquet.Schema {
	group := parquet.Group{}
	for i, name := range names {
		group[name] = parquet.Optional(parquetNode(kinds[i]))
	}
	byName := make(map[string]parquet.Field, len(names))
	for _, field := range group.Fields() {
		byName[field.Name()] = field
	}
	ordered := orderedGroup{Group: group}
	for _, name := range names {
		ordered.fields = append(ordered.fields, byName[name])
	}
	return parquet.NewSchema("records", ordered)
}

func parquetNode(kind record.Kind) parquet.Node {
	switch kind {
	case record.KindBool:
		return parquet.Leaf(parquet.BooleanType)
	case record.KindInt:
		return parquet.Encoded(parquet.Int(64), &parquet.Plain)
	case record.KindFloat:
		return parquet.Encoded(parquet.Leaf(parquet.DoubleType), &parquet.Plain)
	case record.KindTime:
		return parquet.Encoded(parquet.Timestamp(parquet.Microsecond), &parquet.Plain)
	case record.KindDate:
		return parquet.Encoded(parquet.Date(), &parquet.Plain)
	default:
		return parquet.Encoded(parquet.String(), &parquet.RLEDictionary)
	}
}

// parquetTable writes rows column by column, in row groups.
type parquetTable struct {
	out   *parquet.GenericWriter[any]
	end   *parquetEnd
	kinds []record.Kind
	group int // bytes of cells in the row group
}

func newParquetTable(w io.Writer, names []string, stats []record.Stats) *parquetTable {
	kinds := make([]record.Kind, len(names))
	for i := range kinds {
		kinds[i] = stats[i].Kind()
	}
	page := min(max(parquetPages/len(names), parquetMinPage), parquetMaxPage)
	options := []parquet.WriterOption{
		parquetSchema(names, kinds),
		parquet.CreatedBy("speckle-runner", "", ""), parquet.Compression(&parquet.Snappy),
		parquet.DataPageVersion(1), parquet.DataPageStatistics(true), parquet.PageBufferSize(page),
		parquet.DictionaryMaxBytes(parquetMaxDict), parquet.WriteBufferSize(record.ReadSize),
	}
	for i, name := range names {
		if kinds[i] == record.KindText { // a page's header would hold its least and its greatest text twice each, whole
			options = append(options, parquet.SkipPageStatistics(name))
		}
	}
	end := &parquetEnd{to: w}
	return &parquetTable{kinds: kinds, out: parquet.NewGenericWriter[any](end, options...), end: end}
}

// write takes the rows that a worker has made.
func (p *parquetTable) write(rows *parquetRows) error {
	for i, column := range p.out.ColumnWriters() {
		if _, err := column.WriteRowValues(rows.values[i]); err != nil {
			return err
		}
	}
	p.group += rows.size
	rows.release()
	if p.group < parquetGroup {
		return nil
	}
	p.group = 0
	return p.out.Flush()
}

// parquetRows makes the columns of some of the records.
type parquetRows struct {
	columns []record.Column
	rows    *record.RowReader
	kinds   []record.Kind
	check   bool              // nobody has seen that the values fit
	values  [][]parquet.Value // by column
	used    int               // rows
	size    int               // bytes of cells
}

func newParquetRows(columns []record.Column, kinds []record.Kind, check bool) *parquetRows {
	p := &parquetRows{
		columns: columns, rows: record.NewRowReader(columns), kinds: kinds, check: check, values: make([][]parquet.Value, len(columns)),
	}
	p.rows.Hold()
	return p
}

// Record adds a record's row.
func (p *parquetRows) Record(s *record.Scanner) (full bool, err error) {
	if err := p.rows.Read(s); err != nil {
		return false, err
	}
	for i, kind := range p.kinds {
		cell, text := p.rows.Cell(i)
		if cell == record.CellNull {
			p.values[i] = append(p.values[i], parquet.NullValue().Level(0, 0, i))
			continue
		}
		if p.check {
			if what := kind.Misfit(cell, text); what != "" {
				return false, record.Misfit(p.columns, i, what)
			}
		}
		p.values[i] = append(p.values[i], parquetValue(kind, text).Level(0, 1, i))
		p.size += len(text)
	}
	p.used++
	p.size += len(p.kinds)
	return p.used*len(p.kinds) >= parquetBatch, nil
}

// release forgets the rows.
func (p *parquetRows) release() {
	for i, values := range p.values {
		clear(values) // they hold on to the records
		p.values[i] = values[:0]
	}
	p.used, p.size = 0, 0
	p.rows.Release()
}

// parquetValue makes a cell what its column is, which it fits.
func parquetValue(kind record.Kind, text []byte) parquet.Value {
	switch kind {
	case record.KindBool:
		return parquet.BooleanValue(text[0] == 't')
	case record.KindInt:
		n, _ := record.Whole(text)
		return parquet.Int64Value(n)
	case record.KindFloat:
		n, _ := record.Float(text)
		return parquet.DoubleValue(n)
	case record.KindTime:
		at, _ := record.Instant(text)
		return parquet.Int64Value(at.UnixMicro())
	case record.KindDate:
		at, _ := record.Day(text)
		return parquet.Int32Value(int32(at.Unix() / secondsOfDay)) //nolint:gosec // days since 1970; midnight UTC: no remainder
	default:
		return parquet.ByteArrayValue(text)
	}
}
