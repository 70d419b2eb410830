package sample

import (
	"encoding/binary"
	"os"

	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"
)

// footerFaults are files whose footer tells of other rows than their pages hold.
func footerFaults() []Fault {
	counts := func(name string, footer, group, column int64) Fault {
		return Fault{Name: name, Suffix: Cells, file: func(path string) error {
			return refooted(path, func(m *format.FileMetaData) {
				m.NumRows += footer
				m.RowGroups[0].NumRows += group
				for i := range m.RowGroups[0].Columns {
					m.RowGroups[0].Columns[i].MetaData.NumValues += column
				}
			})
		}}
	}
	return []Fault{
		counts("a footer of more rows than its groups", 1, 0, 0),
		counts("a group of more rows than its columns", 1, 1, 0),
		counts("a footer of a row more than there are", 1, 1, 1),
		counts("a footer of a row fewer than there are", -1, -1, -1),
		{Name: "a page beyond the last row", Suffix: Cells, file: func(path string) error {
			return refooted(path, func(m *format.FileMetaData) {
				columns := m.RowGroups[0].Columns // the next one's pages follow
				columns[1].MetaData.TotalCompressedSize += columns[2].MetaData.TotalCompressedSize
			})
		}},
		{Name: "a row group with another range of paths", Suffix: Cells, file: func(path string) error {
			return refooted(path, func(m *format.FileMetaData) {
				m.RowGroups[0].Columns[1].MetaData.Statistics.MaxValue = []byte{1, 0, 0, 0}
			})
		}},
		{Name: "a row group that the footer leaves out", Suffix: Cells, file: func(path string) error {
			return refooted(path, func(m *format.FileMetaData) { m.RowGroups = nil })
		}},
	}
}

// refooted gives a file another footer.
func refooted(path string, change func(*format.FileMetaData)) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	const tail = 8 // the footer's length and the magic
	size := int(binary.LittleEndian.Uint32(data[len(data)-tail:]))
	from := len(data) - tail - size
	var footer format.FileMetaData
	protocol := new(thrift.CompactProtocol)
	if err := thrift.Unmarshal(protocol, data[from:from+size], &footer); err != nil {
		return err
	}
	change(&footer)
	text, err := thrift.Marshal(protocol, &footer)
	if err != nil {
		return err
	}
	out := append(data[:from:from], text...)
	out = binary.LittleEndian.AppendUint32(out, uint32(len(text)))
	return os.WriteFile(path, append(out, "PAR1"...), 0o600)
}
