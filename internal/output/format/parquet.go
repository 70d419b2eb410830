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
	parquetBatch   = 256 << 10
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
	stats, err := record.StatsOf(ctx, r, columns)
	if err != nil {
		return err
	}
	names := record.Headers(columns)
	table := newParquetTable(w, columns, names, stats)
	err = record.EachRecord(ctx, r, func(s *record.Scanner) error {
		if err := table.rows.Read(s); err != nil {
			return err
		}
		return table.record()
	})
	if err != nil {
		return err
	}
	if o.Report != nil {
		o.Report.Columns = record.Settled(columns, stats)
		if r.Count != 0 {
			o.Report.Absent = table.rows.Absent(names)
		}
	}
	return table.close()
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

// parquetTable gathers rows into batches and batches into row groups.
type parquetTable struct {
	out   *parquet.GenericWriter[any]
	rows  *record.RowReader
	kinds []record.Kind
	batch []parquet.Row
	used  int    // rows of batch
	text  []byte // of the batch's cells
	group int    // bytes of cells in the row group
}

func newParquetTable(w io.Writer, columns []record.Column, names []string, stats []record.Stats) *parquetTable {
	kinds := make([]record.Kind, len(columns))
	for i := range columns {
		kinds[i] = stats[i].Kind()
	}
	page := min(max(parquetPages/len(columns), parquetMinPage), parquetMaxPage)
	return &parquetTable{
		rows: record.NewRowReader(columns), kinds: kinds,
		out: parquet.NewGenericWriter[any](w, parquetSchema(names, kinds),
			parquet.CreatedBy("speckle-runner", "", ""), parquet.Compression(&parquet.Snappy),
			parquet.DataPageVersion(1), parquet.DataPageStatistics(true), parquet.PageBufferSize(page),
			parquet.DictionaryMaxBytes(parquetMaxDict), parquet.WriteBufferSize(record.ReadSize)),
	}
}

// record adds the row that was read last.
func (p *parquetTable) record() error {
	if p.used == len(p.batch) {
		p.batch = append(p.batch, make(parquet.Row, len(p.kinds)))
	}
	row := p.batch[p.used]
	p.used++
	for i := range row {
		kind, text := p.rows.Cell(i)
		if kind == record.CellNull {
			row[i] = parquet.NullValue().Level(0, 0, i)
			continue
		}
		row[i] = p.value(p.kinds[i], text).Level(0, 1, i)
		p.group += len(text)
	}
	p.group += len(row)
	if len(p.text) < parquetBatch && p.used*len(row) < parquetBatch/16 {
		return nil
	}
	return p.flush()
}

// value makes a cell what its column is; tableStats has seen that it fits.
func (p *parquetTable) value(kind record.Kind, text []byte) parquet.Value {
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
		start := len(p.text)
		p.text = append(p.text, text...) // the row's own text is overwritten by the next one
		return parquet.ByteArrayValue(p.text[start:len(p.text):len(p.text)])
	}
}

func (p *parquetTable) flush() error {
	_, err := p.out.WriteRows(p.batch[:p.used])
	p.used, p.text = 0, p.text[:0]
	if err == nil && p.group >= parquetGroup {
		p.group = 0
		err = p.out.Flush()
	}
	return err
}

func (p *parquetTable) close() error {
	if err := p.flush(); err != nil {
		return err
	}
	return p.out.Close()
}
