package document

import (
	"strings"
	"unicode/utf8"
)

// Locate gives the place in the file of a line and column inside a value.
func (s *Text) Locate(n *Node, line, col int) (atLine, atCol int, ok bool) {
	atLine, atCol, ok = s.verbatim(n, line, col)
	if ok {
		return atLine, atCol, ok
	}
	return s.align(n, line, col)
}

// verbatim is Locate where the text stands in the file as it is: a literal
// block, and a value on one line. Elsewhere ok is false.
func (s *Text) verbatim(n *Node, line, col int) (atLine, atCol int, ok bool) {
	content := NewText("", n.Text).line(line)
	var column int
	switch n.Style {
	case StyleLiteral:
		atLine = n.Line + line
		indent, whole := strings.CutSuffix(s.line(atLine), content)
		if !whole || strings.Trim(indent, " ") != "" {
			return 0, 0, false
		}
		column = len(indent)
	case StylePlain, StyleQuoted:
		atLine = n.Line
		from := byteOf(s.line(atLine), n.Col-1)
		column = from
		if n.Style == StyleQuoted {
			column++ // behind the quote
		}
		if line != 1 || column > len(s.line(atLine)) || !strings.HasPrefix(s.line(atLine)[column:], content) {
			return 0, 0, false
		}
	default:
		return 0, 0, false
	}
	return atLine, utf8.RuneCountInString(s.line(atLine)[:column]) + col, true
}
