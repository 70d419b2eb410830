package document

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// YAML folds lines, joins them and reads escapes, and each style does it in
// its own way. But no style touches the order of the characters that aren't
// white space: the nth of a value is the nth that the file writes for it. That
// is how a place in a value is found in the file, whatever its style.

// inked is one character of a scalar's text as the file writes it.
type inked struct {
	char      rune
	line, col int // from 1
	width     int // characters that write it: an escape has several
}

// align gives the place in the file of a line and column inside a value. White
// space, and the end, are right behind the character before them. It is false
// where the file doesn't write what the value holds.
func (s *Text) align(n *Node, line, col int) (atLine, atCol int, ok bool) {
	want := 0 // characters before the place
	atLine, atCol = 1, 1
	for _, r := range n.Text {
		if atLine > line || atLine == line && atCol >= col {
			break
		}
		atCol++
		if r == '\n' {
			atLine, atCol = atLine+1, 1
		}
		if !unicode.IsSpace(r) {
			want++
		}
	}
	at := &inkReader{source: s, line: n.Line, rest: s.line(n.Line)}
	at.skip(byteOf(at.rest, n.Col-1))
	at.properties()
	at.begin(n.Style)
	var before, here inked
	found := 0
	for _, r := range n.Text {
		if unicode.IsSpace(r) {
			continue
		}
		next, more := at.next(n.Style)
		if !more || next.char != r {
			return 0, 0, false
		}
		found++
		if found == want {
			before = next
		}
		if found == want+1 {
			here = next
		}
	}
	inSpace := isSpaceAt(n.Text, line, col)
	switch {
	case here.line > 0 && !inSpace:
		return here.line, here.col, true
	case before.line > 0:
		return before.line, before.col + before.width, true
	}
	return 0, 0, false
}

// isSpaceAt reports whether white space, or the end, is at a place of a text.
func isSpaceAt(text string, line, col int) bool {
	lines := strings.Split(text, "\n")
	if line < 1 || line > len(lines) {
		return true
	}
	rest := lines[line-1]
	rest = rest[byteOf(rest, col-1):]
	r, width := utf8.DecodeRuneInString(rest)
	return width == 0 || unicode.IsSpace(r)
}

// inkReader reads the characters of a scalar from the file's lines.
type inkReader struct {
	source *Text
	line   int
	rest   string // of the line
	double bool   // the scalar stands in double quotes
	col    int    // of rest's first character, from 0
}

func (r *inkReader) skip(bytes int) {
	r.col += utf8.RuneCountInString(r.rest[:bytes])
	r.rest = r.rest[bytes:]
}

func (r *inkReader) nextLine() bool {
	if r.line >= len(r.source.lines) {
		return false
	}
	r.line, r.col = r.line+1, 0
	r.rest = r.source.line(r.line)
	return true
}

// blank skips white space, line breaks among it.
func (r *inkReader) blank() bool {
	for {
		trimmed := strings.TrimLeftFunc(r.rest, unicode.IsSpace)
		r.skip(len(r.rest) - len(trimmed))
		if r.rest != "" {
			return true
		}
		if !r.nextLine() {
			return false
		}
	}
}

// properties skips an anchor and a tag before the scalar.
func (r *inkReader) properties() {
	for r.blank() {
		switch {
		case strings.HasPrefix(r.rest, "&") || strings.HasPrefix(r.rest, "!"):
			end := strings.IndexFunc(r.rest, unicode.IsSpace)
			if end < 0 {
				end = len(r.rest)
			}
			r.skip(end)
		case strings.HasPrefix(r.rest, "#"):
			r.skip(len(r.rest))
		default:
			return
		}
	}
}

// begin skips what opens the scalar.
func (r *inkReader) begin(how Style) {
	switch how {
	case StyleQuoted:
		r.double = strings.HasPrefix(r.rest, `"`)
		r.skip(min(1, len(r.rest)))
	case StyleLiteral, StyleFolded:
		r.skip(len(r.rest)) // the head: | or >, with a comment perhaps
	}
}

func (r *inkReader) next(how Style) (inked, bool) {
	for {
		if !r.blank() {
			return inked{}, false
		}
		switch {
		case r.double && strings.HasPrefix(r.rest, `\`):
			if one, is := r.escape(); is {
				return one, true
			}
			continue
		case how == StyleQuoted && !r.double && strings.HasPrefix(r.rest, "''"):
			return r.take('\'', 2), true
		}
		char, width := utf8.DecodeRuneInString(r.rest)
		return r.take(char, width), true
	}
}

// take reads one character that so many bytes write.
func (r *inkReader) take(char rune, bytes int) inked {
	one := inked{char, r.line, r.col + 1, utf8.RuneCountInString(r.rest[:bytes])}
	r.skip(bytes)
	return one
}

// escapes are those of one character that isn't white space or itself.
var escapes = map[byte]rune{'0': 0, 'a': '\a', 'b': '\b', 'e': 0x1b}

// escapeDigits is how many hexadecimal digits follow.
var escapeDigits = map[byte]int{'x': 2, 'u': 4, 'U': 8}

// escape reads one escape, false for one that gives white space or nothing.
func (r *inkReader) escape() (inked, bool) {
	if len(r.rest) < 2 {
		r.skip(len(r.rest)) // it joins the lines
		return inked{}, false
	}
	c := r.rest[1]
	if digits := escapeDigits[c]; digits > 0 {
		length := min(2+digits, len(r.rest))
		code, _ := strconv.ParseUint(r.rest[2:length], 16, 32)
		one := r.take(rune(code), length) //nolint:gosec // at most eight hex digits, and take judges
		return one, !unicode.IsSpace(one.char)
	}
	if char, known := escapes[c]; known {
		return r.take(char, 2), true
	}
	if strings.IndexByte("tnvfrN_LP \t", c) >= 0 {
		r.skip(2)
		return inked{}, false
	}
	char, width := utf8.DecodeRuneInString(r.rest[1:])
	return r.take(char, 1+width), true
}
