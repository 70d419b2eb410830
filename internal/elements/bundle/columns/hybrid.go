package columns

import (
	"encoding/binary"
	"errors"
)

var errValues = errors.New("a page has fewer values than it says")

// hybrid decodes the mix of runs and packed bits that levels, indexes into
// dictionaries and booleans are in.
type hybrid struct {
	data  []byte
	width uint
	left  int // values of the run that is under way
	value uint32
	bits  []byte // of the packed run, nil in a run of one value
	bit   uint   // of bits
}

func (h *hybrid) next(dst []uint32) error {
	for len(dst) > 0 {
		if h.left == 0 {
			if err := h.run(); err != nil {
				return err
			}
			continue
		}
		n := min(h.left, len(dst))
		h.left -= n
		if h.bits == nil {
			for i := range dst[:n] {
				dst[i] = h.value
			}
		} else {
			h.unpack(dst[:n])
		}
		dst = dst[n:]
	}
	return nil
}

// run reads the head of a run.
func (h *hybrid) run() error {
	head, n := binary.Uvarint(h.data)
	if n <= 0 || head > 1<<32 {
		return errValues
	}
	h.data = h.data[n:]
	if head&1 == 0 {
		return h.repeated(int(head >> 1))
	}
	size := int(head>>1) * int(h.width)
	count := int(head>>1) * 8
	if size > len(h.data) {
		// The last run may end with its last byte that counts.
		if h.width > 0 {
			count = min(count, len(h.data)*8/int(h.width))
		}
		size = len(h.data)
	}
	h.bits, h.bit, h.left = h.data[:size:size], 0, count
	h.data = h.data[size:]
	if count == 0 {
		return errValues
	}
	return nil
}

func (h *hybrid) repeated(count int) error {
	bytes := int(h.width+7) / 8
	if bytes > len(h.data) || count == 0 {
		return errValues
	}
	h.bits, h.left, h.value = nil, count, 0
	for i := range bytes {
		h.value |= uint32(h.data[i]) << (8 * i)
	}
	h.data = h.data[bytes:]
	return nil
}

func (h *hybrid) unpack(dst []uint32) {
	mask := uint64(1)<<h.width - 1
	for i := range dst {
		at := h.bit / 8
		var word uint64
		if at+8 <= uint(len(h.bits)) {
			word = binary.LittleEndian.Uint64(h.bits[at:])
		} else {
			for k := at; k < uint(len(h.bits)); k++ {
				word |= uint64(h.bits[k]) << (8 * (k - at))
			}
		}
		dst[i] = uint32(word >> (h.bit % 8) & mask) //nolint:gosec // at most 32 bits
		h.bit += h.width
	}
}
