package bundle

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// maxKey is the most that one object or type may have.
const maxKey = 1 << 30

// grouped reads a spill that is sealed, in the order of keys. What it gives is
// valid until it is asked again.
type grouped struct {
	queue []piece // of what isn't loaded yet, in the order of keys
	made  []*spill
	data  string
	order []uint64 // key<<32 | place in data, sorted
	done  int      // of order
	base  uint64   // of the keys in order
	until uint64   // the keys in data lie below it
	block []byte
	found []string
}

// piece is a bucket of a spill.
type piece struct {
	from  *spill
	index int
}

func (p piece) bucket() *bucket { return &p.from.buckets[p.index] }
func (p piece) low() uint64     { return p.from.low + uint64(p.index)*p.from.width } //nolint:gosec // an index
func (p piece) high() uint64    { return min(p.low()+p.from.width, p.from.high) }

func (s *spill) read() *grouped {
	g := &grouped{}
	for i := range s.buckets {
		g.queue = append(g.queue, piece{s, i})
	}
	return g
}

// at gives the records of key, which is larger than the one before.
func (g *grouped) at(key uint64) ([]string, error) {
	for key >= g.until && len(g.queue) > 0 {
		if err := g.load(); err != nil {
			return nil, err
		}
	}
	for g.more() && g.key() < key {
		g.done++
	}
	return g.take(key), nil
}

// next gives the next key that has records; ok is false at the end.
func (g *grouped) next() (key uint64, records []string, ok bool, err error) {
	for !g.more() {
		if len(g.queue) == 0 {
			return 0, nil, false, nil
		}
		if err := g.load(); err != nil {
			return 0, nil, false, err
		}
	}
	key = g.key()
	return key, g.take(key), true, nil
}

func (g *grouped) more() bool  { return g.done < len(g.order) }
func (g *grouped) key() uint64 { return g.base + g.order[g.done]>>32 }

func (g *grouped) take(key uint64) []string {
	g.found = g.found[:0]
	for g.more() && g.key() == key {
		at := int(g.order[g.done] & (1<<32 - 1))
		_, at = uvarint(g.data, at)
		size, at := uvarint(g.data, at)
		g.found = append(g.found, g.data[at:at+int(size)]) //nolint:gosec // as it was added
		g.done++
	}
	return g.found
}

// load brings the next bucket into memory, or splits it.
func (g *grouped) load() error {
	p := g.queue[0]
	g.queue = g.queue[1:]
	b := p.bucket()
	if b.size > maxBucket && p.high()-p.low() > 1 {
		return g.split(p)
	}
	if b.size > maxKey {
		return fmt.Errorf("number %d of a bundle has %d bytes of properties, which is more than can be held", p.low(), b.size)
	}
	g.data = "" // let go of it before the next one is there
	var data strings.Builder
	data.Grow(int(b.size))
	for _, e := range b.blocks {
		var err error
		if g.block, err = p.from.block(e, g.block); err != nil {
			return err
		}
		data.Write(g.block)
	}
	g.data, g.base, g.until = data.String(), p.low(), p.high()
	g.sort()
	return nil
}

// sort brings the records in the order of keys.
func (g *grouped) sort() {
	g.order, g.done = g.order[:0], 0
	for at := 0; at < len(g.data); {
		key, next := uvarint(g.data, at)
		g.order = append(g.order, (key-g.base)<<32|uint64(at))
		size, next := uvarint(g.data, next)
		at = next + int(size) //nolint:gosec // as it was added
	}
	slices.Sort(g.order)
}

// split puts a bucket that is too large to hold into smaller ones.
func (g *grouped) split(p piece) error {
	b := p.bucket()
	finer, err := newSpill(p.from.room, p.low(), p.high(), b.size)
	if err != nil {
		return err
	}
	g.made = append(g.made, finer)
	for _, e := range b.blocks {
		if g.block, err = p.from.block(e, g.block); err != nil {
			return err
		}
		if err := finer.addAll(g.block); err != nil {
			return err
		}
	}
	if err := finer.seal(); err != nil {
		return err
	}
	pieces := make([]piece, 0, len(finer.buckets)+len(g.queue))
	for i := range finer.buckets {
		pieces = append(pieces, piece{finer, i})
	}
	g.queue = append(pieces, g.queue...)
	return nil
}

// addAll adds the records of a block.
func (s *spill) addAll(block []byte) error {
	data := string(block)
	for at := 0; at < len(data); {
		key, next := uvarint(data, at)
		size, next := uvarint(data, next)
		at = next + int(size) //nolint:gosec // as it was added
		if err := s.add(key, block[next:at]); err != nil {
			return err
		}
	}
	return nil
}

// close gives the space of split buckets back.
func (g *grouped) close() error {
	var all []error
	for _, s := range g.made {
		all = append(all, s.close())
	}
	return errors.Join(all...)
}

// uvarint reads a number of a text that this package wrote.
func uvarint(data string, at int) (value uint64, next int) {
	for shift := 0; ; shift += 7 {
		b := data[at]
		at++
		value |= uint64(b&0x7f) << shift
		if b < 0x80 {
			return value, at
		}
	}
}
