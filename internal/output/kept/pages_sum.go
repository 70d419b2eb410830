package kept

import (
	"fmt"
	"hash/crc32"
)

// pageSum is the checksum of all that stands before it, in two that differ and
// cost next to nothing: it is there against damage, not against malice.
type pageSum struct {
	now, before [2]uint32
}

// sumDigits is the length of its text.
const sumDigits = 16

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func newPageSum(head []byte) *pageSum {
	s := &pageSum{}
	s.end(head)
	return s
}

func (s *pageSum) add(text []byte) {
	s.now[0], s.now[1] = crc32.Update(s.now[0], castagnoli, text), crc32.Update(s.now[1], crc32.IEEETable, text)
}

// again forgets the page under way.
func (s *pageSum) again() { s.now = s.before }

// end gives the text of the checksum, and goes on to the next page.
func (s *pageSum) end(meta []byte) string {
	s.add(meta)
	s.before = s.now
	return fmt.Sprintf("%08x%08x", s.now[0], s.now[1])
}
