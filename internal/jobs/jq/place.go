package jq

import "strings"

// Place gives line and column at which the program names the last step of a
// place that it looks at; the beginning where it can't be found.
func (p *Program) Place(o Origin) (line, col int) {
	path := o.Path
	if len(path) == 0 {
		return 1, 1
	}
	name, parent := path[len(path)-1], ""
	for i := len(path) - 2; i >= 0 && parent == ""; i-- {
		if path[i] != Each {
			parent = path[i]
		}
	}
	return position(p.text, bestPlace(scan(p.text), name, parent))
}

// bestPlace prefers a field right behind its parent; of the record itself one
// that is behind nothing, then {name}.
func bestPlace(s *scanner, name, parent string) int {
	field := -1
	for i, t := range s.fields {
		if t.text != name {
			continue
		}
		behind := parent != "" && i > 0 && s.fields[i-1].text == parent
		if behind || parent == "" && begins(s.text, t.offset-1) {
			return t.offset
		}
		if field < 0 {
			field = t.offset
		}
	}
	for _, t := range s.found {
		if t.text == name {
			return t.offset
		}
	}
	return max(field, strings.Index(s.text, `"`+name+`"`), 0)
}

// begins reports whether the dot at an offset begins a path.
func begins(text string, dot int) bool {
	if dot == 0 {
		return true
	}
	c := text[dot-1]
	return !isLetter(c) && !isDigit(c) && strings.IndexByte(`)]}"?`, c) < 0
}
