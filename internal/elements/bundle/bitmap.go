package bundle

// bitmap remembers which numbers were seen, in room by those that were.
type bitmap struct {
	pages map[uint32]*[1024]uint64
	last  *[1024]uint64
	at    uint32 // of last
}

// set remembers n, and says whether it was seen before.
func (b *bitmap) set(n int32) bool {
	number := uint32(n) //nolint:gosec // never below zero here
	if page := number >> 16; b.last == nil || page != b.at {
		if b.pages == nil {
			b.pages = map[uint32]*[1024]uint64{}
		}
		if b.pages[page] == nil {
			b.pages[page] = new([1024]uint64)
		}
		b.last, b.at = b.pages[page], page
	}
	word, bit := &b.last[number>>6&1023], uint64(1)<<(number&63)
	seen := *word&bit != 0
	*word |= bit
	return seen
}
