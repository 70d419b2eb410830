package columns

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
)

// Physical types of parquet.
const (
	physicalBool   = 0
	physicalInt32  = 1
	physicalInt64  = 2
	physicalFloat  = 4
	physicalDouble = 5
	physicalBytes  = 6
)

// group is a row group: its rows, and where its columns lie.
type group struct {
	rows   int64
	chunks []chunk // as File.columns
}

// chunk is a column of a row group.
type chunk struct {
	codec      int64
	values     int64
	compressed int64
	data       int64 // the offset of the first data page
	dictionary int64 // of the dictionary's page, 0 for none or for one that isn't told
	min, max   int32 // of a column of numbers, where ranged
	ranged     bool
}

// start is where the chunk's first page lies.
func (c chunk) start() int64 {
	if c.dictionary > 0 && c.dictionary < c.data {
		return c.dictionary
	}
	return c.data
}

// leaf is a column that is wanted and there.
type leaf struct {
	name     string
	physical int64
	optional bool
	ordinal  int // among all columns of the file
}

// footer is what a file says about itself, as far as it is wanted.
type footer struct {
	rows   int64
	leaves []leaf
	groups []group

	wanted  map[string]bool
	columns int // of the file, nested and unwanted ones too
}

var errEncrypted = errors.New("it is encrypted")

func parseFooter(data []byte, want []string) (*footer, error) {
	f := &footer{rows: -1, wanted: map[string]bool{}}
	for _, name := range want {
		f.wanted[name] = true
	}
	c := &cursor{data: data}
	c.fields(func(id int64, kind byte) bool {
		switch {
		case id == 2 && kind == compactList:
			f.schema(c)
		case id == 3 && kind == compactI64:
			f.rows = c.int()
		case id == 4 && kind == compactList:
			f.rowGroups(c)
		case id == 8:
			c.fail(errEncrypted)
		default:
			return false
		}
		return true
	})
	if c.err != nil {
		return nil, c.err
	}
	return f, f.judge()
}

// judge holds the sums against each other.
func (f *footer) judge() error {
	if f.rows < 0 || f.columns == 0 {
		return errShape
	}
	sum := int64(0)
	for i, g := range f.groups {
		if g.rows < 0 || g.rows > math.MaxInt64-sum {
			return errShape
		}
		sum += g.rows
		if len(g.chunks) != len(f.leaves) {
			return fmt.Errorf("row group %d lacks columns that the schema has", i)
		}
	}
	if sum != f.rows {
		return fmt.Errorf("its row groups have %d rows, its footer says %d", sum, f.rows)
	}
	return nil
}

// element is a node of the schema, a depth-first list.
type element struct {
	leaf
	repeated bool
	children int64
}

func (f *footer) schema(c *cursor) {
	n, kind := c.list()
	if kind != compactStruct || n == 0 {
		c.fail(errShape)
		return
	}
	root := schemaElement(c)
	nested := int64(0) // nodes that still belong to the group that is passed over
	for i := 1; i < n && c.err == nil; i++ {
		e := schemaElement(c)
		if nested > 0 {
			nested += e.children - 1
		} else {
			nested = e.children
		}
		if e.children != 0 {
			continue
		}
		e.ordinal = f.columns
		f.columns++
		if nested == 0 && root.children > 0 && f.wanted[e.name] && !e.repeated {
			f.leaves = append(f.leaves, e.leaf)
			delete(f.wanted, e.name) // the first of a name is the one
		}
	}
}

func schemaElement(c *cursor) element {
	e := element{leaf: leaf{physical: -1}}
	c.fields(func(id int64, kind byte) bool {
		switch {
		case id == 1 && kind == compactI32:
			e.physical = c.int()
		case id == 3 && kind == compactI32:
			repetition := c.int()
			e.optional, e.repeated = repetition == 1, repetition == 2
		case id == 4 && kind == compactBinary:
			e.name = string(c.bytes())
		case id == 5 && kind == compactI32:
			e.children = c.int()
			if e.children < 0 || e.children > int64(len(c.data)) {
				c.fail(errShape)
			}
		default:
			return false
		}
		return true
	})
	return e
}

func (f *footer) rowGroups(c *cursor) {
	n, kind := c.list()
	if n > 0 && kind != compactStruct {
		c.fail(errShape)
		return
	}
	for i := 0; i < n && c.err == nil; i++ {
		g := group{rows: -1}
		c.fields(func(id int64, kind byte) bool {
			switch {
			case id == 1 && kind == compactList:
				g.chunks = f.rowGroup(c)
			case id == 3 && kind == compactI64:
				g.rows = c.int()
			default:
				return false
			}
			return true
		})
		f.groups = append(f.groups, g)
	}
}

func (f *footer) rowGroup(c *cursor) []chunk {
	n, kind := c.list()
	if n != f.columns || kind != compactStruct {
		c.fail(errShape)
		return nil
	}
	chunks := make([]chunk, 0, len(f.leaves))
	for i := 0; i < n && c.err == nil; i++ {
		if len(chunks) == len(f.leaves) || f.leaves[len(chunks)].ordinal != i {
			c.skip(compactStruct, deepest)
			continue
		}
		chunks = append(chunks, columnChunk(c))
	}
	return chunks
}

func columnChunk(c *cursor) chunk {
	out := chunk{values: -1, data: -1, compressed: -1}
	c.fields(func(id int64, kind byte) bool {
		switch {
		case id == 1: // in another file
			c.fail(errShape)
		case id == 3 && kind == compactStruct:
			columnMeta(c, &out)
		default:
			return false
		}
		return true
	})
	return out
}

func columnMeta(c *cursor, out *chunk) {
	c.fields(func(id int64, kind byte) bool {
		switch {
		case id == 4 && kind == compactI32:
			out.codec = c.int()
		case id == 5 && kind == compactI64:
			out.values = c.int()
		case id == 7 && kind == compactI64:
			out.compressed = c.int()
		case id == 9 && kind == compactI64:
			out.data = c.int()
		case id == 11 && kind == compactI64:
			out.dictionary = c.int()
		case id == 12 && kind == compactStruct:
			statistics(c, out)
		default:
			return false
		}
		return true
	})
}

// statistics keeps the range of a column of int32; what isn't four bytes is none.
func statistics(c *cursor, out *chunk) {
	var low, high []byte
	c.fields(func(id int64, kind byte) bool {
		switch {
		case id == 5 && kind == compactBinary:
			high = c.bytes()
		case id == 6 && kind == compactBinary:
			low = c.bytes()
		default:
			return false
		}
		return true
	})
	if len(low) == 4 && len(high) == 4 {
		out.min = int32(binary.LittleEndian.Uint32(low))  //nolint:gosec // the bits of an int32
		out.max = int32(binary.LittleEndian.Uint32(high)) //nolint:gosec // the bits of an int32
		out.ranged = true
	}
}
