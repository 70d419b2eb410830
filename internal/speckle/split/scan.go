package split

import (
	"encoding/binary"
	"math/bits"
	"unicode/utf8"
)

// maxDepth is how deep JSON may nest, as in jsontext.
const maxDepth = 10_000

// verdict is how a scan ended.
type verdict int

const (
	whole verdict = iota // a whole value was read
	more                 // the text ends inside the value
	bad                  // no JSON
)

// scanner checks one JSON value and finds its end. It takes and refuses what
// jsontext does (duplicate names allowed; FuzzScan holds it to that), at
// several times the speed: records are most of what this program reads.
type scanner struct {
	key []byte // name at the value's first level to look for, quoted; nil: none

	spaced           bool // there is white space to remove
	keyStart, keyEnd int  // where that member's value is; 0, 0: not there
	outer            int  // depth that the value itself stands at
	depth            int
	inArray          [maxDepth/64 + 1]uint64
	array            bool // the innermost bracket is an array's
	atKey            bool
	broken           broken
}

// broken counts what is no Unicode in the strings of a value. JSON is written
// in UTF-8, and there are servers that cut a text in the middle of a character.
type broken struct {
	halves int // of surrogate pairs, alone; made U+FFFD in place, so counted once
	bytes  int // of no UTF-8, found by the last scan
}

// scan reads the value that begins at b[i], which is no white space, and gives
// the index behind it; for bad, where it stopped.
func (s *scanner) scan(b []byte, i int) (int, verdict) {
	s.spaced, s.keyStart, s.keyEnd, s.depth, s.array, s.atKey, s.broken.bytes = false, 0, 0, 0, false, false, 0
	for {
		var v verdict
		if i >= len(b) {
			return i, more
		}
		start := i
		switch c := b[i]; c {
		case '{', '[':
			if s.depth+s.outer >= maxDepth {
				return i, bad
			}
			s.push(c == '[')
			s.atKey = false // a list or an object is no id
			if i = s.space(b, i+1); i >= len(b) {
				return i, more
			}
			if c == '[' && b[i] != ']' {
				continue
			}
			if c == '{' && b[i] != '}' {
				if i, v = s.name(b, i); v != whole {
					return i, v
				}
				continue
			}
			s.pop()
			i++
		case '"':
			i, v = s.broken.text(b, i)
		case 't':
			i, v = literal(b, i, "true")
		case 'f':
			i, v = literal(b, i, "false")
		case 'n':
			i, v = literal(b, i, "null")
		default:
			if s.array {
				i = numbers(b, i)
			}
			i, v = number(b, i)
		}
		if v != whole {
			return i, v
		}
		if s.atKey && s.depth == 1 {
			s.keyStart, s.keyEnd, s.atKey = start, i, false
		}
		var done bool
		if i, done, v = s.follow(b, i); done || v != whole {
			return i, v
		}
	}
}

// follow reads what stands between two values: closing brackets, a comma, the
// next name.
func (s *scanner) follow(b []byte, i int) (next int, done bool, v verdict) {
	for s.depth > 0 {
		if i = s.space(b, i); i >= len(b) {
			return i, false, more
		}
		switch c := b[i]; {
		case c == ',':
			if i = s.space(b, i+1); i >= len(b) {
				return i, false, more
			}
			if !s.array {
				i, v = s.name(b, i)
			}
			return i, false, v
		case c == ']' && s.array, c == '}' && !s.array:
			s.pop()
			i++
		default:
			return i, false, bad
		}
	}
	return i, true, whole
}

// name reads a member's name and colon.
func (s *scanner) name(b []byte, i int) (int, verdict) {
	start := i
	if b[i] != '"' {
		return i, bad
	}
	i, v := s.broken.text(b, i)
	if v != whole {
		return i, v
	}
	if s.depth == 1 && s.key != nil {
		if s.atKey = string(b[start:i]) == string(s.key); s.atKey {
			s.keyStart, s.keyEnd = 0, 0 // of a doubled name, the last counts
		}
	}
	if i = s.space(b, i); i >= len(b) {
		return i, more
	}
	if b[i] != ':' {
		return i, bad
	}
	if i = s.space(b, i+1); i >= len(b) {
		return i, more
	}
	return i, whole
}

func (s *scanner) push(array bool) {
	word, bit := s.depth/64, uint64(1)<<(s.depth%64)
	if array {
		s.inArray[word] |= bit
	} else {
		s.inArray[word] &^= bit
	}
	s.array = array
	s.depth++
}

func (s *scanner) pop() {
	s.depth--
	d := s.depth - 1
	s.array = d >= 0 && s.inArray[d/64]&(1<<(d%64)) != 0
}

// space skips white space and notes that there was some.
func (s *scanner) space(b []byte, i int) int {
	for i < len(b) && b[i] <= ' ' && blank(b[i]) {
		s.spaced = true
		i++
	}
	return i
}

func blank(c byte) bool { return c == ' ' || c == '\n' || c == '\r' || c == '\t' }

const (
	ones  = 0x0101010101010101
	highs = 0x8080808080808080
)

// text reads a string, quotes included.
func (k *broken) text(b []byte, i int) (int, verdict) {
	i++
	for {
		// Eight bytes at a time, up to the first that is a quote, a backslash,
		// a control character or no ASCII.
		for i+8 <= len(b) {
			x := binary.LittleEndian.Uint64(b[i:])
			quote, slash := x^(ones*'"'), x^(ones*'\\')
			found := ((x - ones*' ') | (quote-ones)&^quote | (slash-ones)&^slash | x) & highs
			if found != 0 {
				i += bits.TrailingZeros64(found) >> 3
				break
			}
			i += 8
		}
		if i >= len(b) {
			return i, more
		}
		switch c := b[i]; {
		case c == '"':
			return i + 1, whole
		case c == '\\':
			var v verdict
			if i, v = k.escape(b, i); v != whole {
				return i, v
			}
		case c < ' ':
			return i, bad
		case c < utf8.RuneSelf:
			i++
		default:
			r, n := utf8.DecodeRune(b[i:])
			if r == utf8.RuneError && n == 1 {
				if !utf8.FullRune(b[i:]) {
					return i, more
				}
				k.bytes++
			}
			i += n
		}
	}
}

// replacement is U+FFFD, as long as what it stands for.
const replacement = `\ufffd`

// escape reads one escape sequence. Half a surrogate pair becomes U+FFFD.
func (k *broken) escape(b []byte, i int) (int, verdict) {
	if i+1 >= len(b) {
		return i, more
	}
	switch b[i+1] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return i + 2, whole
	case 'u':
	default:
		return i, bad
	}
	unit, v := hex4(b, i+2)
	if v != whole || unit < 0xd800 || unit > 0xdfff {
		return i + 6, v
	}
	paired, v := second(b, i+6)
	if v == more {
		return i, more
	}
	if unit < 0xdc00 && paired {
		return i + 12, whole
	}
	copy(b[i:], replacement)
	k.halves++
	return i + 6, whole
}

// second reports whether the second half of a surrogate pair stands at b[i].
func second(b []byte, i int) (bool, verdict) {
	for k, want := range []byte(`\u`) {
		if i+k >= len(b) {
			return false, more
		}
		if b[i+k] != want {
			return false, whole
		}
	}
	unit, v := hex4(b, i+2)
	if v == more {
		return false, more
	}
	return v == whole && unit >= 0xdc00 && unit <= 0xdfff, whole
}

func hex4(b []byte, i int) (unit rune, v verdict) {
	for k := i; k < i+4; k++ {
		if k >= len(b) {
			return 0, more
		}
		c := b[k]
		switch {
		case '0' <= c && c <= '9':
			unit = unit<<4 | rune(c-'0')
		case 'a' <= c|0x20 && c|0x20 <= 'f':
			unit = unit<<4 | rune(c|0x20-'a'+10)
		default:
			return 0, bad
		}
	}
	return unit, whole
}

// number reads a number. One at the end of the text may go on: that is more.
func number(b []byte, i int) (int, verdict) {
	if b[i] == '-' {
		i++
	}
	if i >= len(b) {
		return i, more
	}
	switch c := b[i]; {
	case c == '0':
		i++
	case '1' <= c && c <= '9':
		i = digits(b, i)
	default:
		return i, bad
	}
	if i < len(b) && b[i] == '.' {
		if i+1 < len(b) && !digit(b[i+1]) {
			return i, bad
		}
		i = digits(b, i+1)
	}
	if i < len(b) && b[i]|0x20 == 'e' {
		i++
		if i < len(b) && (b[i] == '+' || b[i] == '-') {
			i++
		}
		if i < len(b) && !digit(b[i]) {
			return i, bad
		}
		i = digits(b, i)
	}
	if i >= len(b) {
		return i, more
	}
	return i, whole
}

// numbers passes over numbers of an array, without exponents, that nothing but a
// comma stands between, and gives where the last one begins: coordinates are
// most of many records. What looks otherwise is left to number.
func numbers(b []byte, i int) int {
	for {
		at := i
		if b[at] == '-' {
			at++
		}
		end := run(b, at)
		if end == at || end-at > 1 && b[at] == '0' {
			return i
		}
		if end < len(b) && b[end] == '.' {
			at = end + 1
			if end = run(b, at); end == at {
				return i
			}
		}
		if end+1 >= len(b) || b[end] != ',' || !digit(b[end+1]) && b[end+1] != '-' {
			return i
		}
		i = end + 1
	}
}

// run gives the end of the digits that begin at b[i], eight at a time.
func run(b []byte, i int) int {
	for i+8 <= len(b) {
		x := binary.LittleEndian.Uint64(b[i:]) ^ ones*'0' // digits are 0 to 9 now
		if found := (x&^highs + ones*(0x80-10) | x) & highs; found != 0 {
			return i + bits.TrailingZeros64(found)>>3
		}
		i += 8
	}
	return digits(b, i)
}

func digit(c byte) bool { return '0' <= c && c <= '9' }

func digits(b []byte, i int) int {
	for i < len(b) && digit(b[i]) {
		i++
	}
	return i
}

func literal(b []byte, i int, word string) (int, verdict) {
	for k := range len(word) {
		if i+k >= len(b) {
			return i, more
		}
		if b[i+k] != word[k] {
			return i, bad
		}
	}
	return i + len(word), whole
}

// compact removes the white space of a value that scan has passed, in place.
func compact(b []byte) []byte {
	out := b[:0]
	for i := 0; i < len(b); {
		if b[i] == '"' {
			end, _ := (&broken{}).text(b, i)
			out = append(out, b[i:end]...)
			i = end
			continue
		}
		if !blank(b[i]) {
			out = append(out, b[i])
		}
		i++
	}
	return out
}
