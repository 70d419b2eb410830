package columns

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/parquet-go/parquet-go/encoding/bytestreamsplit"
	"github.com/parquet-go/parquet-go/encoding/delta"
)

// Encodings of parquet.
const (
	encodingPlain           = 0
	encodingPlainDictionary = 2
	encodingRLE             = 3
	encodingDeltaPacked     = 5
	encodingDeltaLength     = 6
	encodingDictionary      = 8
	encodingStreamSplit     = 9
)

// Value is what a column can hold: numbers of rows and paths, numbers, text, booleans.
type Value interface {
	int32 | float64 | string | bool
}

// decoder gives the values of a page, one after the other, without its nulls.
type decoder[T Value] interface {
	next(dst []T) error
}

// list gives values that are there.
type list[T Value] struct {
	values []T
}

func (l *list[T]) next(dst []T) error {
	if len(dst) > len(l.values) {
		return errValues
	}
	copy(dst, l.values)
	l.values = l.values[len(dst):]
	return nil
}

// looked gives values of a dictionary.
type looked[T Value] struct {
	dictionary []T
	indexes    hybrid
	scratch    []uint32
}

func (l *looked[T]) next(dst []T) error {
	if len(l.scratch) < len(dst) {
		l.scratch = make([]uint32, len(dst))
	}
	at := l.scratch[:len(dst)]
	if err := l.indexes.next(at); err != nil {
		return err
	}
	for i, index := range at {
		if uint64(index) >= uint64(len(l.dictionary)) {
			return fmt.Errorf("a value is number %d of a dictionary of %d", index, len(l.dictionary))
		}
		dst[i] = l.dictionary[index]
	}
	return nil
}

// fixed gives values of so many bytes each.
type fixed[T Value] struct {
	data []byte
	size int
	one  func([]byte) (T, error)
}

func (f *fixed[T]) next(dst []T) (err error) {
	if len(dst)*f.size > len(f.data) {
		return errValues
	}
	for i := range dst {
		if dst[i], err = f.one(f.data[i*f.size:]); err != nil {
			return err
		}
	}
	f.data = f.data[len(dst)*f.size:]
	return nil
}

// texts gives texts that have their length in front.
type texts struct {
	data string
}

func (t *texts) next(dst []string) error {
	for i := range dst {
		if len(t.data) < 4 {
			return errValues
		}
		n := uint64(t.data[0]) | uint64(t.data[1])<<8 | uint64(t.data[2])<<16 | uint64(t.data[3])<<24
		if n > uint64(len(t.data)-4) { //nolint:gosec // length was judged
			return errValues
		}
		dst[i] = t.data[4 : 4+n]
		t.data = t.data[4+n:]
	}
	return nil
}

// flags gives booleans of a bit each.
type flags struct {
	bits    hybrid
	scratch []uint32
}

func (f *flags) next(dst []bool) error {
	if len(f.scratch) < len(dst) {
		f.scratch = make([]uint32, len(dst))
	}
	at := f.scratch[:len(dst)]
	if err := f.bits.next(at); err != nil {
		return err
	}
	for i, bit := range at {
		dst[i] = bit != 0
	}
	return nil
}

// body is a decompressed page behind its levels.
type body struct {
	data     []byte
	encoding int64
	physical int64
	values   int // that there can be, nulls counted
}

// physicalNames are parquet's own words for how values are kept.
var physicalNames = [...]string{"BOOLEAN", "INT32", "INT64", "INT96", "FLOAT", "DOUBLE", "BYTE_ARRAY", "FIXED_LEN_BYTE_ARRAY"}

// unread says why a page can't be read: its column is of another type than those,
// or its encoding is another.
func (b body) unread(types ...int64) error {
	if slices.Contains(types, b.physical) || b.physical < 0 || b.physical >= int64(len(physicalNames)) {
		return errEncoding
	}
	var names []string
	for _, t := range types {
		names = append(names, physicalNames[t])
	}
	return fmt.Errorf("its type is %s, where a bundle has %s", physicalNames[b.physical], strings.Join(names, " or "))
}

var errEncoding = errors.New("a page is written in an encoding that bundles don't have")

// decodeInts decodes numbers of rows, paths and types.
func decodeInts(b body) (decoder[int32], error) {
	switch {
	case b.encoding == encodingPlain && b.physical == physicalInt32:
		return &fixed[int32]{data: b.data, size: 4, one: plainInt32}, nil
	case b.encoding == encodingPlain && b.physical == physicalInt64:
		return &fixed[int32]{data: b.data, size: 8, one: plainInt64}, nil
	case b.encoding == encodingDeltaPacked && b.physical == physicalInt32:
		if err := deltaCounts(b); err != nil {
			return nil, err
		}
		values, err := new(delta.BinaryPackedEncoding).DecodeInt32(nil, b.data)
		return &list[int32]{values}, err
	case b.encoding == encodingDeltaPacked && b.physical == physicalInt64:
		return deltaInts(b)
	}
	return nil, b.unread(physicalInt32, physicalInt64)
}

func deltaInts(b body) (decoder[int32], error) {
	if err := deltaCounts(b); err != nil {
		return nil, err
	}
	wide, err := new(delta.BinaryPackedEncoding).DecodeInt64(nil, b.data)
	if err != nil {
		return nil, err
	}
	values := make([]int32, len(wide))
	for i, v := range wide {
		if values[i], err = narrow(v); err != nil {
			return nil, err
		}
	}
	return &list[int32]{values}, nil
}

// deltaCounts judges how many values a delta says that it has, for which its
// decoder makes room: the head is block size, miniblocks, values.
func deltaCounts(b body) error {
	data := b.data
	var counts [3]uint64
	for i := range counts {
		v, n := binary.Uvarint(data)
		if n <= 0 {
			return errValues
		}
		counts[i], data = v, data[n:]
	}
	if counts[0] > 1<<16 || counts[1] > counts[0] || counts[2] > uint64(b.values) { //nolint:gosec // values is never below zero
		return errValues
	}
	return nil
}

func plainInt32(b []byte) (int32, error) {
	return int32(binary.LittleEndian.Uint32(b)), nil //nolint:gosec // the bits of an int32
}

func plainInt64(b []byte) (int32, error) {
	return narrow(int64(binary.LittleEndian.Uint64(b))) //nolint:gosec // the bits of an int64
}

func narrow(v int64) (int32, error) {
	if v < math.MinInt32 || v > math.MaxInt32 {
		return 0, fmt.Errorf("the number %d is too large", v)
	}
	return int32(v), nil
}

func decodeNumbers(b body) (decoder[float64], error) {
	switch {
	case b.encoding == encodingPlain && b.physical == physicalDouble:
		return &fixed[float64]{data: b.data, size: 8, one: plainDouble}, nil
	case b.encoding == encodingPlain && b.physical == physicalFloat:
		return &fixed[float64]{data: b.data, size: 4, one: plainFloat}, nil
	case b.encoding == encodingStreamSplit && b.physical == physicalDouble:
		if len(b.data)%8 != 0 {
			return nil, errValues
		}
		values, err := new(bytestreamsplit.Encoding).DecodeDouble(nil, b.data)
		return &list[float64]{values}, err
	}
	return nil, b.unread(physicalDouble, physicalFloat)
}

func plainDouble(b []byte) (float64, error) {
	return math.Float64frombits(binary.LittleEndian.Uint64(b)), nil
}

func plainFloat(b []byte) (float64, error) {
	return float64(math.Float32frombits(binary.LittleEndian.Uint32(b))), nil
}

func decodeTexts(b body) (decoder[string], error) {
	switch {
	case b.physical != physicalBytes:
	case b.encoding == encodingPlain:
		return &texts{string(b.data)}, nil
	case b.encoding == encodingDeltaLength:
		return deltaTexts(b)
	}
	return nil, b.unread(physicalBytes)
}

func deltaTexts(b body) (decoder[string], error) {
	if err := deltaCounts(b); err != nil {
		return nil, err
	}
	data, offsets, err := new(delta.LengthByteArrayEncoding).DecodeByteArray(nil, b.data, nil)
	if err != nil {
		return nil, err
	}
	all := string(data)
	values := make([]string, 0, max(len(offsets), 1)-1)
	for i := 1; i < len(offsets); i++ {
		if offsets[i-1] > offsets[i] || uint64(offsets[i]) > uint64(len(all)) {
			return nil, errValues
		}
		values = append(values, all[offsets[i-1]:offsets[i]])
	}
	return &list[string]{values}, nil
}

func decodeBools(b body) (decoder[bool], error) {
	switch {
	case b.physical != physicalBool:
	case b.encoding == encodingPlain:
		// Packed bits without a head: one run.
		return &flags{bits: hybrid{width: 1, bits: b.data, left: len(b.data) * 8}}, nil
	case b.encoding == encodingRLE && len(b.data) >= 4:
		return &flags{bits: hybrid{width: 1, data: b.data[4:]}}, nil
	}
	return nil, b.unread(physicalBool)
}
