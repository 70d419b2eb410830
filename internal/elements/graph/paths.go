package graph

import (
	"cmp"
	"slices"

	"speckle-runner/internal/elements"
)

// paths are the property paths of a graph, numbered as they are first seen.
type paths struct {
	numbers map[string]int
	all     []elements.Path
	seen    []int64 // by number: the last element that has it
	element int64   // under way
	doubled int64   // properties that were left out
	hashed  int64   // elements whose id is their object's
	held    int64   // elements that have properties, be they empty
	known   bool    // all are numbered
}

// maxUnits is how many units of one path are told.
const maxUnits = 20

func newPaths() *paths { return &paths{numbers: map[string]int{}} }

// begin begins an element.
func (p *paths) begin() { p.element++ }

// take gives a path's text and number, and whether the element under way has
// it already.
func (p *paths) take(path []byte, fallback bool) (string, int, bool) {
	at, known := p.numbers[string(path)]
	if !known {
		at = len(p.all)
		p.all = append(p.all, elements.Path{Name: string(path)})
		p.seen = append(p.seen, 0)
		p.numbers[p.all[at].Name] = at
	}
	taken := p.seen[at] == p.element
	if taken && !fallback && !p.known {
		p.doubled++
	}
	p.seen[at] = p.element
	return p.all[at].Name, at, taken
}

// count adds an element to what is known of its paths.
func (p *paths) count(e *elements.Element) {
	for i := range e.Properties {
		one := &e.Properties[i]
		path := &p.all[p.numbers[one.Path]]
		path.Elements++
		if path.Elements == 1 {
			path.Example = one.Value
		}
		if len(path.Units) < maxUnits && !slices.Contains(path.Units, one.Unit) {
			path.Units = append(path.Units, one.Unit)
		}
	}
}

// order puts properties in the order of their paths.
func (p *paths) order(list []elements.Property) {
	if !p.known {
		return
	}
	slices.SortFunc(list, func(a, b elements.Property) int { return cmp.Compare(p.numbers[a.Path], p.numbers[b.Path]) })
}

// wanted asks for each path once.
func (p *paths) wanted(want func(string) bool) []bool {
	if want == nil {
		return nil
	}
	out := make([]bool, len(p.all))
	for i := range p.all {
		out[i] = want(p.all[i].Name)
	}
	return out
}

// list gives a copy of what is known.
func (p *paths) list() []elements.Path {
	out := slices.Clone(p.all)
	for i := range out {
		out[i].Units = slices.Clone(out[i].Units)
	}
	return out
}
