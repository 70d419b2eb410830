package columns

import (
	"errors"
	"fmt"
)

// Ints is the column of that name as numbers of rows, paths, types.
func (s *Scan) Ints(name string) *Column[int32] { return add(s, name, decodeInts) }

// Numbers is the column of that name as numbers.
func (s *Scan) Numbers(name string) *Column[float64] { return add(s, name, decodeNumbers) }

// Texts is the column of that name as text.
func (s *Scan) Texts(name string) *Column[string] { return add(s, name, decodeTexts) }

// Bools is the column of that name as booleans.
func (s *Scan) Bools(name string) *Column[bool] { return add(s, name, decodeBools) }

func add[T Value](s *Scan, name string, decode func(body) (decoder[T], error)) *Column[T] {
	c := &Column[T]{scan: s, leaf: s.file.leaf(name), decode: decode, group: -1}
	s.left = append(s.left, c)
	return c
}

// Column is one column of a Scan.
type Column[T Value] struct {
	scan   *Scan
	leaf   int // of the file, -1 for a column that it hasn't
	decode func(body) (decoder[T], error)

	values  []T
	present []bool
	batch   int // that values are of

	chunk      chunk
	group      int   // that chunk is of
	at, end    int64 // of the next page's head, and where the chunk's pages end
	row        int64 // of the group that comes next
	pages      pressed
	stored     pressed // the dictionary's
	dictionary []T
	page       page[T]
	scratch    []uint32
}

// page is the data page under way.
type page[T Value] struct {
	head   header
	offset int64 // of its body
	left   int64 // rows
	open   bool  // decoded
	nulls  bool  // some rows may have no value: levels say which
	levels hybrid
	values decoder[T]
}

// Get gives the rows of the batch: their values, and which have one. Both belong
// to the column and are overwritten with the next batch.
func (c *Column[T]) Get() ([]T, []bool, error) {
	if c.batch == c.scan.batch {
		return c.values, c.present, nil
	}
	n := c.scan.n
	if len(c.values) < batchRows {
		c.values, c.present = make([]T, batchRows), make([]bool, batchRows)
	}
	c.values, c.present = c.values[:batchRows], c.present[:batchRows]
	if c.leaf < 0 {
		clear(c.present)
	} else if err := c.fill(n); err != nil {
		return nil, nil, fmt.Errorf("column %s, row group %d: %w", c.scan.file.leaves[c.leaf].name, c.scan.group, err)
	}
	c.values, c.present, c.batch = c.values[:n], c.present[:n], c.scan.batch
	return c.values, c.present, nil
}

func (c *Column[T]) fill(n int) (err error) {
	defer recovered(&err)
	if c.group != c.scan.group {
		if err := c.enter(); err != nil {
			return err
		}
	}
	if err := c.pass(c.scan.row - c.row); err != nil {
		return err
	}
	return c.rows(c.values[:n], c.present[:n])
}

// recovered makes an error of a decoder's panic: the data are a stranger's.
func recovered(err *error) {
	if r := recover(); r != nil {
		*err = errors.Join(errShape, fmt.Errorf("its decoder stopped: %v", r))
	}
}

// enter begins the chunk of the scan's row group.
func (c *Column[T]) enter() error {
	f := c.scan.file
	c.group, c.chunk = c.scan.group, f.groups[c.scan.group].chunks[c.leaf]
	c.at, c.row, c.dictionary, c.page = c.chunk.start(), 0, nil, page[T]{}
	c.end = c.at + c.chunk.compressed
	if c.at < int64(len(magic)) || c.chunk.compressed < 0 || c.end < c.at || c.end > f.size {
		return errors.New("it lies outside the file")
	}
	if c.chunk.values != f.groups[c.group].rows {
		return fmt.Errorf("it has %d rows, its group %d", c.chunk.values, f.groups[c.group].rows)
	}
	return nil
}

// pass goes over rows; pages that lie in them whole aren't decoded.
func (c *Column[T]) pass(rows int64) error {
	for rows > 0 {
		if c.page.left == 0 {
			if err := c.turn(); err != nil {
				return err
			}
		}
		n := min(rows, c.page.left)
		if n == c.page.left && !c.page.open {
			c.page.left, c.row, rows = 0, c.row+n, rows-n
			continue
		}
		n = min(n, int64(len(c.values)))
		if err := c.rows(c.values[:n], c.present[:n]); err != nil {
			return err
		}
		rows -= n
	}
	return nil
}

// rows reads the rows that come next.
func (c *Column[T]) rows(values []T, present []bool) error {
	for len(values) > 0 {
		if c.page.left == 0 {
			if err := c.turn(); err != nil {
				return err
			}
			continue
		}
		if !c.page.open {
			if err := c.openPage(); err != nil {
				return err
			}
		}
		n := int(min(int64(len(values)), c.page.left))
		if err := c.some(values[:n], present[:n]); err != nil {
			return err
		}
		values, present = values[n:], present[n:]
		c.page.left -= int64(n)
		c.row += int64(n)
	}
	return nil
}

// some reads rows of the page that is open.
func (c *Column[T]) some(values []T, present []bool) error {
	if !c.page.nulls {
		for i := range present {
			present[i] = true
		}
		return c.page.values.next(values)
	}
	if len(c.scratch) < len(present) {
		c.scratch = make([]uint32, batchRows)
	}
	defined := c.scratch[:len(present)]
	if err := c.page.levels.next(defined); err != nil {
		return err
	}
	n := 0
	for i, level := range defined {
		present[i] = level != 0
		n += int(level & 1)
	}
	if n == 0 {
		return nil
	}
	if err := c.page.values.next(values[:n]); err != nil {
		return err
	}
	for i := len(values) - 1; i >= 0 && n <= i; i-- {
		if present[i] {
			n--
			values[i] = values[n]
		}
	}
	return nil
}

// turn reads the head of the next data page; a dictionary on the way is kept.
func (c *Column[T]) turn() error {
	for {
		head, offset, err := c.head()
		if err != nil {
			return err
		}
		c.at = offset + head.compressed
		switch head.kind {
		case pageData, pageDataV2:
			c.page = page[T]{head: head, offset: offset, left: head.values}
			if head.values > c.chunk.values-c.row {
				return errors.New("its pages have more rows than its footer says")
			}
			if head.values > 0 {
				return nil
			}
		case pageDictionary:
			if err := c.learn(head, offset); err != nil {
				return err
			}
		}
	}
}

// headSize is how much is read for a page's head, if it isn't longer.
const headSize = 512

func (c *Column[T]) head() (header, int64, error) {
	for size := int64(headSize); ; size *= 8 {
		size = min(size, c.end-c.at, maxHeader)
		if size <= 0 {
			return header{}, 0, errors.New("it has fewer rows than its footer says")
		}
		c.scan.head = room(c.scan.head, int(size))
		if err := c.scan.file.at(c.scan.head, c.at); err != nil {
			return header{}, 0, err
		}
		in := &cursor{data: c.scan.head}
		head := parseHeader(in)
		if errors.Is(in.err, errShort) && size < min(c.end-c.at, maxHeader) {
			continue
		}
		if in.err != nil {
			return header{}, 0, fmt.Errorf("a page's head can't be read: %w", in.err)
		}
		offset := c.at + int64(in.at)
		return head, offset, head.judge(c.end - offset)
	}
}

// learn decodes the dictionary, which is always plain.
func (c *Column[T]) learn(head header, offset int64) error {
	if c.dictionary != nil || head.values > head.size*8 {
		return errShape
	}
	data, err := c.stored.read(c.scan.file, head, offset, c.chunk.codec)
	if err != nil {
		return err
	}
	physical := c.scan.file.leaves[c.leaf].physical
	values, err := c.decode(body{data: data, encoding: encodingPlain, physical: physical, values: int(head.values)})
	if err != nil {
		return err
	}
	c.dictionary = make([]T, head.values)
	return values.next(c.dictionary)
}

func (c *Column[T]) openPage() error {
	leaf := c.scan.file.leaves[c.leaf]
	data, err := c.pages.read(c.scan.file, c.page.head, c.page.offset, c.chunk.codec)
	if err != nil {
		return err
	}
	var defined hybrid
	if defined, data, err = levels(c.page.head, data, leaf.optional); err != nil {
		return err
	}
	c.page.levels, c.page.open = defined, true
	c.page.nulls = leaf.optional && (c.page.head.kind == pageData || c.page.head.levels > 0)
	encoding := c.page.head.encoding
	if encoding == encodingDictionary || encoding == encodingPlainDictionary {
		c.page.values, err = c.indexed(data)
		return err
	}
	c.page.values, err = c.decode(body{data: data, encoding: encoding, physical: leaf.physical, values: int(c.page.head.values)})
	return err
}

// indexed decodes a page of numbers of the dictionary.
func (c *Column[T]) indexed(data []byte) (decoder[T], error) {
	if c.dictionary == nil {
		return nil, errors.New("a page needs a dictionary that isn't there")
	}
	if len(data) == 0 {
		return &list[T]{}, nil // a page of nulls
	}
	if data[0] > 32 {
		return nil, errShape
	}
	return &looked[T]{dictionary: c.dictionary, indexes: hybrid{data: data[1:], width: uint(data[0])}, scratch: c.scratch}, nil
}

// leave counts the rows of the group that weren't read: neither more nor fewer
// than the footer says.
func (c *Column[T]) leave() (err error) {
	if c.leaf < 0 || c.group != c.scan.group {
		return nil
	}
	defer recovered(&err)
	err = c.pass(c.chunk.values - c.row)
	if err == nil {
		err = c.beyond()
	}
	if err != nil {
		return fmt.Errorf("column %s, row group %d: %w", c.scan.file.leaves[c.leaf].name, c.group, err)
	}
	return nil
}

// beyond looks for pages behind the last row: rows that nobody would see.
func (c *Column[T]) beyond() error {
	for c.at < c.end {
		head, offset, err := c.head()
		if err != nil {
			return err
		}
		c.at = offset + head.compressed
		if head.values > 0 && (head.kind == pageData || head.kind == pageDataV2) {
			return errors.New("its pages have more rows than its footer says")
		}
	}
	return nil
}
