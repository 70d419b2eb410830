package graph

import (
	"cmp"

	"speckle-runner/internal/elements"
)

func (b *builder) element(place int32, o *object) (*elements.Element, error) {
	e := &b.made
	*e = elements.Element{
		ID: o.identity(), Name: textOf(o.facts[factName]), Category: textOf(o.facts[factCategory]), Family: textOf(o.facts[factFamily]),
		Properties: e.Properties[:0],
	}
	kind, err := b.typeOf(o)
	if err != nil {
		return nil, err
	}
	e.Type = cmp.Or(textOf(o.facts[factType]), nameOfType(kind))
	for _, is := range []struct {
		relation relation
		field    []byte
		into     *string
	}{{onLevel, o.level, &e.Level}, {inRoom, o.room, &e.Room}, {inSystem, o.system, &e.System}} {
		if *is.into, err = b.belongs(o, is.field, is.relation); err != nil {
			return nil, err
		}
	}
	if e.Host, err = b.host(o); err != nil {
		return nil, err
	}
	if parent, has := b.graph.links.parent(b.graph.index.keys[place]); has {
		if e.Parent, err = b.parent(parent); err != nil {
			return nil, err
		}
	}
	return e, b.properties(o, kind)
}

// belongs gives the level, room or system of an object: what its field says,
// else what the root's proxies do.
func (b *builder) belongs(o *object, field []byte, is relation) (string, error) {
	if id := referenceIn(field); id != "" {
		return b.graph.nameOf(id)
	}
	if name := nameIn(field); name != "" {
		return name, nil
	}
	return b.graph.links.of(o.identity(), is), nil
}

// host gives the application id of what an object is hosted on.
func (b *builder) host(o *object) (string, error) {
	if id := referenceIn(o.host); id != "" {
		return b.graph.identityOf(id)
	}
	if kindOf(o.host) != '{' {
		return textOf(o.host), nil
	}
	host, err := parseObject(o.host)
	return host.identity(), err
}

func (b *builder) parent(place int32) (string, error) {
	var buffer []byte
	o, err := b.graph.object(place, &buffer)
	return o.identity(), err
}

// typeOf gives the type of an object where that is more than a name: it stands
// inside, or is an object of its own.
func (b *builder) typeOf(o *object) (*object, error) {
	text := o.facts[factType]
	if kindOf(text) != '{' {
		return nil, nil
	}
	if id := referenceIn(text); id != "" {
		place, there := b.graph.index.place(keyOf([]byte(id)))
		if !there {
			return nil, nil
		}
		kind, err := b.graph.object(place, &b.kind)
		return &kind, err
	}
	kind, err := parseObject(text)
	return &kind, err
}

func nameOfType(kind *object) string {
	if kind == nil {
		return ""
	}
	return kind.name()
}

// properties flattens what an object has, and then what its type has beside.
func (b *builder) properties(o *object, kind *object) error {
	b.graph.paths.begin()
	for i, value := range o.facts {
		if c := kindOf(value); c == '"' || c == 't' || c == 'f' || number(c) {
			b.path = append(b.path[:0], rootFactNames[i]...)
			b.add(value, nil, elements.Instance, false)
		}
	}
	b.path, b.depth = append(b.path[:0], "properties"...), 0
	if err := b.flatten(o.properties, elements.Instance, false); err != nil {
		return err
	}
	if kind != nil {
		b.path = append(b.path[:0], "properties"...)
		if err := b.flatten(kind.properties, elements.Type, true); err != nil {
			return err
		}
	}
	b.graph.paths.order(b.made.Properties)
	return nil
}
