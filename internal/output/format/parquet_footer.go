package format

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/encoding/thrift"
	footer "github.com/parquet-go/parquet-go/format"
)

// maxParquetBound is how long a least or greatest text may be, in bytes, that the
// footer has of a column: readers load the footer whole, before anything else.
const maxParquetBound = 1 << 10

// parquetEnd passes a file on, and holds its end back once it is asked to.
type parquetEnd struct {
	to   io.Writer
	hold bool
	held bytes.Buffer
}

func (e *parquetEnd) Write(p []byte) (int, error) {
	if e.hold {
		return e.held.Write(p)
	}
	return e.to.Write(p)
}

// close ends the file, without long bounds in its footer: without them a reader
// looks into a row group that it could have left out.
func (e *parquetEnd) close(out *parquet.GenericWriter[any]) error {
	if err := out.Flush(); err != nil { // what is held is no data then
		return err
	}
	e.hold = true
	if err := out.Close(); err != nil {
		return err
	}
	text, err := withoutLongBounds(e.held.Bytes())
	if err != nil {
		return fmt.Errorf("parquet: the footer: %w", err)
	}
	_, err = e.to.Write(text)
	return err
}

// trailer is the length of the footer, and the format's mark.
const trailer = 8

// withoutLongBounds gives the end of a file with a footer that holds none.
func withoutLongBounds(end []byte) ([]byte, error) {
	if len(end) < trailer {
		return nil, fmt.Errorf("it is cut after %d bytes", len(end))
	}
	size := int64(binary.LittleEndian.Uint32(end[len(end)-trailer:]))
	if size <= maxParquetBound {
		return end, nil
	}
	if size > int64(len(end)-trailer) {
		return nil, fmt.Errorf("%d of %d bytes are there", len(end)-trailer, size)
	}
	begin := len(end) - trailer - int(size)
	var meta footer.FileMetaData
	protocol := new(thrift.CompactProtocol)
	if err := thrift.Unmarshal(protocol, end[begin:len(end)-trailer], &meta); err != nil {
		return nil, err
	}
	if !dropLongBounds(&meta) {
		return end, nil
	}
	short, err := thrift.Marshal(protocol, &meta)
	if err != nil {
		return nil, err
	}
	mark := bytes.Clone(end[len(end)-trailer/2:])
	end = binary.LittleEndian.AppendUint32(append(end[:begin], short...), uint32(len(short))) //nolint:gosec // shorter than one that was one
	return append(end, mark...), nil
}

func dropLongBounds(meta *footer.FileMetaData) (dropped bool) {
	for i := range meta.RowGroups {
		columns := meta.RowGroups[i].Columns
		for j := range columns {
			s := &columns[j].MetaData.Statistics
			if max(len(s.MinValue), len(s.MaxValue)) > maxParquetBound {
				s.MinValue, s.MaxValue, dropped = nil, nil, true
			}
		}
	}
	return dropped
}
