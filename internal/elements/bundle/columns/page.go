package columns

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"sync"

	"github.com/klauspost/compress/snappy"
	"github.com/klauspost/compress/zstd"
)

// The types of pages.
const (
	pageData       = 0
	pageIndex      = 1
	pageDictionary = 2
	pageDataV2     = 3
)

// Codecs of parquet that bundles and their like have.
const (
	codecNone   = 0
	codecSnappy = 1
	codecZstd   = 6
)

// header is the head of a page.
type header struct {
	kind         int64
	size         int64 // decompressed
	compressed   int64
	checksum     int64
	checked      bool
	values       int64 // nulls counted, so a flat column's rows
	encoding     int64
	levels       int64 // bytes of levels in front of a page of version 2
	repetition   int64
	uncompressed bool // a page of version 2 that says so
}

func parseHeader(c *cursor) header {
	h := header{kind: -1, size: -1, compressed: -1, values: -1, encoding: -1}
	c.fields(func(id int64, kind byte) bool {
		switch {
		case kind == compactI32 && id >= 1 && id <= 4:
			v := c.int()
			switch id {
			case 1:
				h.kind = v
			case 2:
				h.size = v
			case 3:
				h.compressed = v
			case 4:
				h.checksum, h.checked = v, true
			}
		case kind == compactStruct && (id == 5 || id == 7):
			h.simple(c)
		case kind == compactStruct && id == 8:
			h.second(c)
		default:
			return false
		}
		return true
	})
	return h
}

// simple reads the head of a dictionary or of a data page of version 1.
func (h *header) simple(c *cursor) {
	c.fields(func(id int64, kind byte) bool {
		switch {
		case id == 1 && kind == compactI32:
			h.values = c.int()
		case id == 2 && kind == compactI32:
			h.encoding = c.int()
		default:
			return false
		}
		return true
	})
}

// second reads the head of a data page of version 2.
func (h *header) second(c *cursor) {
	c.fields(func(id int64, kind byte) bool {
		switch {
		case id == 7:
			h.uncompressed = kind == compactFalse
			return kind == compactTrue || kind == compactFalse
		case kind != compactI32:
			return false
		case id == 1:
			h.values = c.int()
		case id == 4:
			h.encoding = c.int()
		case id == 5:
			h.levels = c.int()
		case id == 6:
			h.repetition = c.int()
		default:
			return false
		}
		return true
	})
}

// LimitError says that a page is larger than what is held in memory, which needn't be wrong with a file.
type LimitError struct{ Size int64 }

func (e *LimitError) Error() string {
	return fmt.Sprintf("one of its pages has %d bytes, and at most %d are held in memory", e.Size, maxPage)
}

func (h header) judge(room int64) error {
	switch {
	case h.compressed < 0 || h.compressed > room:
		return errors.New("a page goes on behind the end of its column")
	case h.size < 0:
		return errShape
	case h.size > maxPage:
		return &LimitError{h.size}
	case h.kind != pageIndex && (h.values < 0 || h.encoding < 0):
		return errShape
	case h.levels < 0 || h.repetition < 0 || h.levels+h.repetition > h.compressed:
		return errShape
	}
	return nil
}

// zstdDecoder never gives more than the room that it is given.
var zstdDecoder = sync.OnceValues(func() (*zstd.Decoder, error) {
	return zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true),
		zstd.WithDecodeAllCapLimit(true), zstd.WithDecoderMaxMemory(maxPage))
})

// pressed reads and decompresses pages into room that it uses again.
type pressed struct {
	raw, plain []byte
}

func (p *pressed) read(f *File, h header, offset, codec int64) ([]byte, error) {
	p.raw = room(p.raw, int(h.compressed))
	if err := f.at(p.raw, offset); err != nil {
		return nil, err
	}
	if h.checked && uint32(h.checksum) != crc32.ChecksumIEEE(p.raw) { //nolint:gosec // the bits of a checksum
		return nil, errors.New("a page's checksum is another")
	}
	levels := int(h.levels + h.repetition)
	if codec == codecNone || h.uncompressed {
		if h.size != h.compressed {
			return nil, errPageSize
		}
		return p.raw, nil
	}
	p.plain = room(p.plain, int(h.size))
	if levels > len(p.plain) {
		return nil, errPageSize
	}
	copy(p.plain, p.raw[:levels])
	n, err := decompress(p.plain[levels:levels:len(p.plain)], p.raw[levels:], codec)
	if err != nil {
		return nil, err
	}
	if levels+n != len(p.plain) {
		return nil, errPageSize
	}
	return p.plain, nil
}

var errPageSize = errors.New("a page has another size than it says")

// decompress fills dst, up to its capacity, and says how much that was.
func decompress(dst, src []byte, codec int64) (int, error) {
	switch {
	case codec == codecZstd && len(src) == 0 || codec == codecSnappy && len(src) == 0:
		return 0, nil // a page without a value
	case codec == codecZstd:
		decoder, err := zstdDecoder()
		if err != nil {
			return 0, err
		}
		out, err := decoder.DecodeAll(src, dst)
		if err != nil {
			return 0, fmt.Errorf("a page can't be decompressed: %w", err)
		}
		return len(out), nil
	case codec == codecSnappy:
		n, err := snappy.DecodedLen(src)
		if err != nil || n > cap(dst) {
			return 0, errPageSize
		}
		out, err := snappy.Decode(dst[:cap(dst)], src)
		if err != nil {
			return 0, fmt.Errorf("a page can't be decompressed: %w", err)
		}
		return len(out), nil
	default:
		return 0, fmt.Errorf("it is compressed in a way that bundles aren't (codec %d)", codec)
	}
}

func room(b []byte, n int) []byte {
	if cap(b) < n {
		return make([]byte, n)
	}
	return b[:n]
}

// levels takes the definition levels off a page: which rows have a value.
func levels(h header, data []byte, optional bool) (hybrid, []byte, error) {
	if h.kind == pageDataV2 {
		at, end := int(h.repetition), int(h.repetition+h.levels)
		return hybrid{data: data[at:end], width: 1}, data[end:], nil
	}
	if !optional {
		return hybrid{}, data, nil
	}
	if len(data) < 4 {
		return hybrid{}, nil, errValues
	}
	n := uint64(binary.LittleEndian.Uint32(data))
	if n > uint64(len(data)-4) { //nolint:gosec // length was judged
		return hybrid{}, nil, errValues
	}
	return hybrid{data: data[4 : 4+n], width: 1}, data[4+n:], nil
}
