package bundle

import (
	"cmp"
	"context"
	"slices"

	"speckle-runner/internal/elements"
)

// Each calls do for every element, in the order of object numbers.
func (b *Bundle) Each(ctx context.Context, want func(path string) bool, do func(*elements.Element) error) error {
	wanted := b.paths.wanted(want)
	s, err := b.spillCells(ctx, wanted)
	if err != nil {
		return err
	}
	defer s.close() //nolint:errcheck // scratch
	w := walk{b: b, wanted: wanted, base: b.base.read(), links: b.links.read(), cells: s.read()}
	defer w.close()
	for number := range b.count {
		if number%1024 == 0 && ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if err := w.element(uint64(number)); err != nil {
			return err
		}
		if err := do(&w.e); err != nil {
			return err
		}
	}
	return nil
}

// walk goes through the objects, and through what belongs to each, in step.
type walk struct {
	b                  *Bundle
	wanted             []bool
	base, links, cells *grouped
	own                []property
	e                  elements.Element
}

// close gives the space of what was split back.
func (w *walk) close() {
	for _, g := range []*grouped{w.base, w.links, w.cells} {
		_ = g.close() // scratch
	}
}

func (w *walk) element(number uint64) error {
	base, err := w.base.at(number)
	if err != nil {
		return err
	}
	links, err := w.links.at(number)
	if err != nil {
		return err
	}
	cells, err := w.cells.at(number)
	if err != nil {
		return err
	}
	o, err := w.b.object(base, links)
	if err != nil {
		return err
	}
	w.e = elements.Element{Properties: w.e.Properties[:0]}
	w.b.element(&w.e, o)
	if err := w.read(number, cells); err != nil {
		return err
	}
	w.merge(o.of.properties)
	if w.e.Type == "" {
		w.e.Type = o.of.key
	}
	return nil
}

// read reads an object's own properties, in the order of paths.
func (w *walk) read(number uint64, cells []string) error {
	w.own = w.own[:0]
	sorted := true
	for _, cell := range cells {
		p := readProperty(cell)
		sorted = sorted && (len(w.own) == 0 || w.own[len(w.own)-1].ordinal < p.ordinal)
		w.own = append(w.own, p)
	}
	if sorted {
		return nil
	}
	slices.SortFunc(w.own, func(a, b property) int { return cmp.Compare(a.ordinal, b.ordinal) })
	for i := 1; i < len(w.own); i++ {
		if w.own[i].ordinal == w.own[i-1].ordinal {
			return broken(cellsFile, "object number %d has %q twice", number, w.b.paths.names[w.own[i].ordinal])
		}
	}
	return nil
}

// merge gives the element its own properties and its type's, in the order of
// paths; its own win.
func (w *walk) merge(ofType []property) {
	own := w.own
	for len(own) > 0 || len(ofType) > 0 {
		switch {
		case len(ofType) == 0 || len(own) > 0 && own[0].ordinal < ofType[0].ordinal:
			w.add(own[0], elements.Instance)
			own = own[1:]
		case len(own) == 0 || ofType[0].ordinal < own[0].ordinal:
			if w.wanted == nil || w.wanted[ofType[0].ordinal] {
				w.add(ofType[0], elements.Type)
			}
			ofType = ofType[1:]
		default:
			w.add(own[0], elements.Instance)
			own, ofType = own[1:], ofType[1:]
		}
	}
}

func (w *walk) add(p property, scope elements.Scope) {
	switch facts := &w.b.paths.facts; p.ordinal {
	case facts.name:
		w.e.Name = p.value.String()
	case facts.category:
		w.e.Category = p.value.String()
	case facts.family:
		w.e.Family = p.value.String()
	case facts.kind:
		w.e.Type = p.value.String()
	}
	w.e.Properties = append(w.e.Properties, elements.Property{
		Path: w.b.paths.names[p.ordinal], Value: p.value, Unit: w.b.units.name(p.unit), Scope: scope,
	})
}
