package jq

import "strings"

// token is an identifier in a program's text: a name, a $variable, an @format.
// gojq's syntax tree has no positions, so they are found by counting these.
type token struct {
	text   string
	offset int
}

// scanner reads identifiers and brackets of a program, which need not parse.
type scanner struct {
	text     string
	at       int
	found    []token
	fields   []token // behind a dot
	open     []token // brackets, if, and " of texts that are not closed yet
	inString bool
}

func scan(text string) *scanner {
	s := &scanner{text: text}
	for s.at < len(text) {
		if s.inString {
			s.string()
		} else {
			s.next()
		}
	}
	return s
}

func (s *scanner) next() {
	c := s.text[s.at]
	start := s.at
	s.at++
	switch {
	case c == '#':
		s.comment()
	case c == '"':
		s.push(start, `"`)
		s.inString = true
	case strings.IndexByte("([{", c) >= 0:
		s.push(start, string(c))
	case strings.IndexByte(")]}", c) >= 0:
		s.pop(opening[c])
		s.inString = c == ')' && len(s.open) > 0 && s.open[len(s.open)-1].text == `"`
	case c == '.' && s.peek() == '.':
		s.at++
	case c == '.' && isLetter(s.peek()):
		s.word() // a field
		s.fields = append(s.fields, token{s.text[start+1 : s.at], start + 1})
	case (c == '$' || c == '@') && isLetter(s.peek()), isLetter(c):
		s.word()
		s.identifier(start)
	case isDigit(c) || c == '.' && isDigit(s.peek()):
		for isDigit(s.peek()) || isLetter(s.peek()) || s.peek() == '.' {
			s.at++
		}
	}
}

var opening = map[byte]string{')': "(", ']': "[", '}': "{"}

func (s *scanner) identifier(start int) {
	text := s.text[start:s.at]
	s.found = append(s.found, token{text, start})
	switch text {
	case "if":
		s.push(start, text)
	case "end":
		s.pop("if")
	}
}

// string reads on in a text, to its end or to \( with a program in it.
func (s *scanner) string() {
	for s.at < len(s.text) {
		c := s.text[s.at]
		s.at++
		if c == '"' {
			s.pop(`"`)
			s.inString = false
			return
		}
		if c == '\\' && s.at < len(s.text) {
			s.at++
			if s.text[s.at-1] == '(' {
				s.push(s.at-1, "(")
				s.inString = false
				return
			}
		}
	}
}

// comment reads to the end of the line, or on where a backslash joins lines.
func (s *scanner) comment() {
	for s.at < len(s.text) && s.text[s.at] != '\n' && s.text[s.at] != '\r' {
		if s.text[s.at] == '\\' && s.at+1 < len(s.text) {
			s.at++
			if strings.HasPrefix(s.text[s.at:], "\r\n") {
				s.at++
			}
		}
		s.at++
	}
}

func (s *scanner) word() {
	for isLetter(s.peek()) || isDigit(s.peek()) {
		s.at++
	}
}

func (s *scanner) peek() byte {
	if s.at < len(s.text) {
		return s.text[s.at]
	}
	return 0
}

func (s *scanner) push(offset int, text string) { s.open = append(s.open, token{text, offset}) }

func (s *scanner) pop(text string) {
	if n := len(s.open); n > 0 && s.open[n-1].text == text {
		s.open = s.open[:n-1]
	}
}

func isLetter(c byte) bool { return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || c == '_' }
func isDigit(c byte) bool  { return '0' <= c && c <= '9' }

// place gives the offset of a name of the syntax tree in the text, -1 when
// there is none like it.
func (n names) place(text string, is func(name) bool) (name, int) {
	seen := map[string]int{}
	for _, one := range n {
		seen[one.text]++
		if !is(one) {
			continue
		}
		left := seen[one.text]
		for _, t := range scan(text).found {
			if t.text == one.text {
				if left--; left == 0 {
					return one, t.offset
				}
			}
		}
		return one, 0
	}
	return name{}, -1
}
