package bundle

import (
	"context"

	"speckle-runner/internal/elements"
)

// resolve gives the relations between objects, which lie by target, the target's
// id or name, and brings them to their sources.
func (b *Bundle) resolve(ctx context.Context, targets *spill, rooms bool) error {
	if err := b.base.seal(); err != nil {
		return err
	}
	if err := targets.seal(); err != nil {
		return err
	}
	var err error
	if b.links, err = newSpill(b.room, 0, uint64(b.count), 4*targets.end); err != nil { //nolint:gosec // a count
		return err
	}
	names, err := b.roomNames(ctx, rooms)
	if err != nil {
		return err
	}
	r := resolver{b: b, base: b.base.read()}
	defer r.base.close() //nolint:errcheck // scratch
	if names != nil {
		r.names = names.read()
		defer names.close()   //nolint:errcheck // scratch
		defer r.names.close() //nolint:errcheck // scratch
	}
	g := targets.read()
	defer g.close() //nolint:errcheck // scratch
	for {
		if err := ctx.Err(); err != nil {
			return context.Cause(ctx)
		}
		target, records, ok, err := g.next()
		if err != nil {
			return err
		}
		if !ok {
			break
		}
		if err := r.target(target, records); err != nil {
			return err
		}
	}
	return b.links.seal()
}

// roomNames are the objects' own names by their numbers, where rooms need them.
func (b *Bundle) roomNames(ctx context.Context, rooms bool) (*spill, error) {
	if !rooms || b.paths.facts.name < 0 {
		return nil, nil //nolint:nilnil // none are needed
	}
	only := make([]bool, len(b.paths.names))
	only[b.paths.facts.name] = true
	return b.spillCells(ctx, only)
}

// resolver names targets.
type resolver struct {
	b           *Bundle
	base, names *grouped
	record      []byte
}

// target names one object to all that lead to it.
func (r *resolver) target(number uint64, sources []string) error {
	base, err := r.base.at(number)
	if err != nil {
		return err
	}
	o, err := r.b.object(base, nil)
	if err != nil {
		return err
	}
	called, err := r.name(number, o)
	if err != nil {
		return err
	}
	for _, record := range sources {
		l := readLink(record)
		source := l.target
		l.target, l.text = int32(number), o.id //nolint:gosec // an object's number
		if l.relation == inRoom && called != "" {
			l.text = called
		}
		r.record = appendLink(r.record[:0], l)
		if err := r.b.links.add(uint64(source), r.record); err != nil { //nolint:gosec // never below zero
			return err
		}
	}
	return nil
}

// name is the object's own name, else its type's.
func (r *resolver) name(number uint64, o object) (string, error) {
	if r.names != nil {
		cells, err := r.names.at(number)
		if err != nil {
			return "", err
		}
		if len(cells) > 0 {
			return readProperty(cells[0]).value.String(), nil
		}
	}
	return o.of.fact(r.b.paths.facts.name), nil
}

// object is what is known of an object without its properties.
type object struct {
	id    string
	of    ofType
	links []link
}

// object reads an object's records, and those of its links to other objects.
func (b *Bundle) object(base, links []string) (o object, err error) {
	for _, record := range base {
		switch record[0] {
		case idRecord:
			o.id = record[1:]
		case ofTypeRecord:
			ref, _ := uvarint(record, 1)
			if o.of, err = b.types.get(int32(ref)); err != nil { //nolint:gosec // as it was written
				return o, err
			}
		case linkRecord:
			l := readLink(record[1:])
			l.text = b.nodes[l.target]
			o.links = append(o.links, l)
		}
	}
	for _, record := range links {
		o.links = append(o.links, readLink(record))
	}
	o.links = arrange(o.links)
	return o, nil
}

// element fills e with what is known of an object besides its properties.
func (b *Bundle) element(e *elements.Element, o object) {
	e.ID = o.id
	e.Level, e.Room = joined(o.links, onLevel), joined(o.links, inRoom)
	e.System = joined(o.links, inSystem)
	e.Host, e.Parent = joined(o.links, hostedOn), joined(o.links, subelement)
}
