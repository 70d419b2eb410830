package columns

import (
	"encoding/binary"
	"errors"
)

// errShort says that a structure goes on behind the bytes that there are.
var errShort = errors.New("it ends in the middle of a structure")

// errShape says that bytes are no structure of parquet.
var errShape = errors.New("it has a structure that parquet doesn't have")

// The types of Thrift's compact protocol, in which footers and page headers are.
const (
	compactStop   = 0
	compactTrue   = 1
	compactFalse  = 2
	compactByte   = 3
	compactI16    = 4
	compactI32    = 5
	compactI64    = 6
	compactDouble = 7
	compactBinary = 8
	compactList   = 9
	compactSet    = 10
	compactMap    = 11
	compactStruct = 12
)

// deepest is how deep structures may lie in one another.
const deepest = 32

// cursor reads compact Thrift. Its first error stays; behind it all reads give nothing.
type cursor struct {
	data []byte
	at   int
	err  error
}

func (c *cursor) fail(err error) {
	if c.err == nil {
		c.err = err
	}
	c.at = len(c.data)
}

func (c *cursor) byte() byte {
	if c.at >= len(c.data) {
		c.fail(errShort)
		return 0
	}
	c.at++
	return c.data[c.at-1]
}

func (c *cursor) uvarint() uint64 {
	v, n := binary.Uvarint(c.data[c.at:])
	switch {
	case n == 0:
		c.fail(errShort)
		return 0
	case n < 0:
		c.fail(errShape)
		return 0
	}
	c.at += n
	return v
}

func (c *cursor) int() int64 {
	v := c.uvarint()
	return int64(v>>1) ^ -int64(v&1)
}

// bytes are those that the next length counts; they belong to the cursor.
func (c *cursor) bytes() []byte {
	n := c.uvarint()
	if n > uint64(len(c.data)-c.at) { //nolint:gosec // a length is never below 0
		c.fail(errShort)
		return nil
	}
	c.at += int(n)                    //nolint:gosec // judged above
	return c.data[c.at-int(n) : c.at] //nolint:gosec // judged above
}

// list reads the head of a list: how many of what. Each has at least one byte.
func (c *cursor) list() (n int, kind byte) {
	head := c.byte()
	count := uint64(head >> 4)
	if count == 15 {
		count = c.uvarint()
	}
	if count > uint64(len(c.data)-c.at) { //nolint:gosec // a length is never below 0
		c.fail(errShort)
		return 0, 0
	}
	return int(count), head & 15
}

// fields walks a structure: do reads the field or gives false, and it is skipped.
func (c *cursor) fields(do func(id int64, kind byte) bool) {
	last := int64(0)
	for c.err == nil {
		head := c.byte()
		kind := head & 15
		if c.err != nil || kind == compactStop {
			return
		}
		if delta := int64(head >> 4); delta != 0 {
			last += delta
		} else {
			last = c.int()
		}
		if !do(last, kind) {
			c.skip(kind, deepest)
		}
	}
}

// skip passes over one value.
func (c *cursor) skip(kind byte, depth int) {
	if depth == 0 {
		c.fail(errShape)
		return
	}
	switch kind {
	case compactTrue, compactFalse:
	case compactByte:
		c.byte()
	case compactI16, compactI32, compactI64:
		c.uvarint()
	case compactDouble:
		for range 8 {
			c.byte()
		}
	case compactBinary:
		c.bytes()
	case compactList, compactSet:
		n, item := c.list()
		for i := 0; i < n && c.err == nil; i++ {
			c.skipItem(item, depth-1)
		}
	case compactMap:
		c.skipMap(depth)
	case compactStruct:
		c.skipStruct(depth)
	default:
		c.fail(errShape)
	}
}

// skipItem passes over one value of a list, where booleans have a byte.
func (c *cursor) skipItem(kind byte, depth int) {
	if kind == compactTrue || kind == compactFalse {
		kind = compactByte
	}
	c.skip(kind, depth)
}

func (c *cursor) skipMap(depth int) {
	n := c.uvarint()
	if n == 0 {
		return
	}
	kinds := c.byte()
	for i := uint64(0); i < n && c.err == nil; i++ {
		c.skipItem(kinds>>4, depth-1)
		c.skipItem(kinds&15, depth-1)
	}
}

func (c *cursor) skipStruct(depth int) {
	for c.err == nil {
		head := c.byte()
		if c.err != nil || head&15 == compactStop {
			return
		}
		if head>>4 == 0 {
			c.int()
		}
		c.skip(head&15, depth-1)
	}
}
