package sample

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"

	"github.com/parquet-go/parquet-go"
)

// Layout is how the rows lie in the files.
type Layout struct {
	GroupRows int // of a row group; 0 for 100,000
	Version   int // of data pages, 1 or 2; 0 for 1
	Plain     bool
}

// Write writes the files of b into dir, their names beginning with prefix, and
// gives their paths by suffix.
func (b Bundle) Write(dir, prefix string, layout Layout) (map[string]string, error) {
	files := map[string]string{}
	for _, t := range b.Tables {
		path := filepath.Join(dir, prefix+t.Suffix)
		if err := t.write(path, layout); err != nil {
			return nil, fmt.Errorf("write %s: %w", path, err)
		}
		files[t.Suffix] = path
	}
	return files, nil
}

func (t Table) write(path string, layout Layout) (err error) {
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	defer func() {
		closed := file.Close()
		if err == nil {
			err = closed
		}
	}()
	out := bufio.NewWriterSize(file, 256<<10)
	if err := t.encode(parquet.NewGenericWriter[any](out, t.options(layout)...)); err != nil {
		return err
	}
	return out.Flush()
}

func (t Table) options(layout Layout) []parquet.WriterOption {
	group, version := layout.GroupRows, layout.Version
	if group == 0 {
		group = 100_000
	}
	if version == 0 {
		version = 1
	}
	return []parquet.WriterOption{
		t.schema(layout), parquet.Compression(packer{}), parquet.DataPageVersion(version),
		parquet.DataPageStatistics(true), parquet.MaxRowsPerRowGroup(int64(group)),
		parquet.CreatedBy("speckle-runner sample", "", ""),
	}
}

// encodedBatch is how many rows are handed to the writer at a time.
const encodedBatch = 1024

func (t Table) encode(out *parquet.GenericWriter[any]) error {
	batch := make([]parquet.Row, 0, encodedBatch)
	values := make([]parquet.Value, 0, encodedBatch*len(t.Columns))
	for i := range t.Rows {
		start := len(values)
		for c, cell := range t.Row(i) {
			values = append(values, t.value(c, cell))
		}
		batch = append(batch, values[start:])
		if len(batch) < encodedBatch && i < t.Rows-1 {
			continue
		}
		if _, err := out.WriteRows(batch); err != nil {
			return err
		}
		batch, values = batch[:0], values[:0]
	}
	return out.Close()
}

func (t Table) value(c int, cell any) parquet.Value {
	defined := 1
	if t.Columns[c].Required {
		defined = 0
	}
	switch v := cell.(type) {
	case int32:
		return parquet.Int32Value(v).Level(0, defined, c)
	case float64:
		return parquet.DoubleValue(v).Level(0, defined, c)
	case string:
		return parquet.ByteArrayValue([]byte(v)).Level(0, defined, c)
	case bool:
		return parquet.BooleanValue(v).Level(0, defined, c)
	default:
		return parquet.NullValue().Level(0, 0, c)
	}
}

// ordered keeps columns in their order; parquet.Group sorts them by name.
type ordered struct {
	parquet.Group
	fields []parquet.Field
}

func (g ordered) Fields() []parquet.Field { return g.fields }

func (t Table) schema(layout Layout) *parquet.Schema {
	group := parquet.Group{}
	for _, c := range t.Columns {
		node := c.node(layout.Plain)
		if !c.Required {
			node = parquet.Optional(node)
		}
		group[c.Name] = node
	}
	byName := map[string]parquet.Field{}
	for _, field := range group.Fields() {
		byName[field.Name()] = field
	}
	in := ordered{Group: group}
	for _, c := range t.Columns {
		in.fields = append(in.fields, byName[c.Name])
	}
	return parquet.NewSchema("bundle", in)
}

func (c Column) node(plain bool) parquet.Node {
	switch c.Kind {
	case Int:
		if plain {
			return parquet.Encoded(parquet.Int(32), &parquet.DeltaBinaryPacked)
		}
		return parquet.Encoded(parquet.Int(32), &parquet.RLEDictionary)
	case Double:
		return parquet.Encoded(parquet.Leaf(parquet.DoubleType), &parquet.Plain)
	case Bool:
		return parquet.Leaf(parquet.BooleanType)
	default:
		if plain {
			return parquet.Encoded(parquet.String(), &parquet.DeltaLengthByteArray)
		}
		return parquet.Encoded(parquet.String(), &parquet.RLEDictionary)
	}
}
