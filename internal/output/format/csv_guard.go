package format

import (
	"bytes"
	"slices"
	"strings"
)

// usualSeparators are what programs take for the border of two cells, by their own
// setting or the system's, whatever the file says: Excel opens a file with commas
// by the list separator of its user, which is ; in most of Europe.
const usualSeparators = ",;\t|"

// guardQuotes are what formulas are made of.
const guardQuotes = "=+@&!()[]{}<>*/%^'"

// wideStarts are the full-width forms of = + - @, which an East Asian Excel takes for the same.
var wideStarts = []string{"\uff1d", "\uff0b", "\uff0d", "\uff20"}

// appendGuarded appends a cell's text with a ' before whatever could begin a formula,
// where the cell begins for this file's readers, or behind a line break or a separator
// for those of another one, who don't see the quotes around the cell. The file's own
// separator is no border within quotes. Spaces and quotes in between count for nothing:
// some programs drop them. In JSON, only texts are changed: numbers stay numbers.
func appendGuarded(to, text []byte, own byte, plain bool) []byte {
	border, quoted := plain, false
	if plain && strings.IndexByte("\t\r\n", text[0]) >= 0 {
		to = append(to, '\'')
	}
	for i := 0; i < len(text); i++ {
		b := text[i]
		if border && (plain || quoted) && startsFormula(text[i:]) {
			to = append(to, '\'')
		}
		to = append(to, b)
		switch {
		case b == '\\' && !plain && i+1 < len(text):
			i++
			to = append(to, text[i])
			border = false
		case b == '"':
			quoted = !quoted
		case b == '\n' || b == '\r' || b != own && strings.IndexByte(usualSeparators, b) >= 0:
			border = true
		case b != ' ':
			border = false
		}
	}
	return to
}

// startsFormula tells whether text begins as OWASP's "CSV Injection" says of formulas.
func startsFormula(text []byte) bool {
	switch text[0] {
	case '=', '+', '-', '@':
		return true
	case wideStarts[0][0]: // nearly no text begins so
		return slices.ContainsFunc(wideStarts, func(start string) bool { return bytes.HasPrefix(text, []byte(start)) })
	}
	return false
}
