package speckle

import (
	"context"
	"encoding/json"
	"slices"

	"github.com/go-json-experiment/json/jsontext"

	"speckle-runner/internal/speckle/query"
)

// What is never null is known of one version of Speckle. A server of another version
// may let it be null, and then nothing is missing: before an answer is refused for a
// null, the server is asked what its own schema says.

// nullableQuery asks for the types of a type's fields, down to a list's elements.
const nullableQuery = `query Nullable($type: String!) {
  __type(name: $type) { fields(includeDeprecated: true) { name type { kind ofType { kind ofType { kind } } } } }
}`

// ofType gives what the server says of a type. It is asked once.
func (c *Client) ofType(ctx context.Context, name string) mayBeNull {
	c.nullable.mu.Lock()
	defer c.nullable.mu.Unlock()
	if known, asked := c.nullable.types[name]; asked {
		return known
	}
	said, err := c.askType(ctx, name)
	if ctx.Err() != nil {
		return nil
	}
	if err != nil {
		said = nil // introspection is off, or nothing that can be read came
	}
	if c.nullable.types == nil {
		c.nullable.types = map[string]mayBeNull{}
	}
	c.nullable.types[name] = said
	return said
}

func (c *Client) askType(ctx context.Context, name string) (mayBeNull, error) {
	q, _ := query.Parse(nullableQuery)
	quoted, err := json.Marshal(name)
	if err != nil {
		return nil, err
	}
	var data jsontext.Value
	x := &call{query: q, plan: planFor(q), limits: c.limits, words: c.words, forget: func() error { return nil }}
	x.take = func(record, _ []byte) error {
		data = slices.Clone(record)
		return nil
	}
	if err := c.send(ctx, x, map[string]jsontext.Value{"type": quoted}); err != nil {
		return nil, err
	}
	return typeOf(data)
}

// reason gives the holes of the page under way, where nothing else is wrong with it.
func (rd *reading) reason() []*hole {
	if rd.call.partial != nil || rd.root != nil || rd.nulls > 0 {
		return nil
	}
	return rd.check.holes
}

// excused reports whether this server's schema allows the nulls of all these holes. They
// aren't looked for any more then. What a mutation did can't be asked for again.
func (rd *reading) excused(ctx context.Context, holes []*hole) bool {
	if len(holes) == 0 || rd.Query.Kind != query.OperationQuery ||
		slices.ContainsFunc(holes, func(h *hole) bool { return !rd.allows(ctx, h) }) {
		return false
	}
	for _, h := range holes {
		rd.warnf("%s: there are nulls, which the schema of this server's version allows", rd.Query.Told(h.path))
		rd.check.allow(h)
	}
	rd.check.holes = nil
	return true
}

// allows reports whether the server's schema lets a null be where it is.
func (rd *reading) allows(ctx context.Context, h *hole) bool {
	if rd.own || h.what != isNull && h.nulls == 0 {
		return false
	}
	parent, field := rd.Query.FieldAt(h.path)
	if parent == "" || len(h.path) < 2 { // without what is asked for first nothing came
		return false
	}
	may := rd.client.ofType(ctx, parent)[field]
	return may.field && h.nulls == 0 || may.element && h.nulls > 0
}

// allow lets nulls be where a hole was.
func (c *check) allow(h *hole) {
	for _, b := range []*branch{c.inside, c.beside} {
		b.allow(h)
	}
}

func (b *branch) allow(h *hole) {
	if b == nil {
		return
	}
	for _, below := range b.below {
		if slices.Equal(below.path, h.path) {
			below.never = below.never && h.nulls > 0
			below.noneNull = below.noneNull && h.nulls == 0
		}
		below.allow(h)
	}
}
