package elements

import (
	"slices"
	"strings"
)

// column is what is known of the values under one name.
type column struct {
	name  string
	kinds [Boolean + 1]bool
	any   bool
	last  string   // the unit of the value before
	units []string // that differ, "" for none
	odd   int64    // numbers that aren't one
	bare  int64    // values that came without their unit, as another property has its name
}

// keptMixed is how many units of a column are told.
const keptMixed = 8

func (c *column) see(p Property) {
	c.kinds[p.Value.Kind] = true
	if !p.Value.finite() {
		c.odd++
	}
	if p.Unit == "" && p.Value.Kind != Number {
		return // "n/a" among square metres is another kind, and no other unit
	}
	if c.any && p.Unit == c.last {
		return
	}
	c.any, c.last = true, strings.Clone(p.Unit)
	if len(c.units) < keptMixed && !slices.ContainsFunc(c.units, func(u string) bool { return sameUnit(u, p.Unit) }) {
		c.units = append(c.units, c.last)
	}
}

// textColumn is one of texts, whatever is in it.
func textColumn(name string) *column {
	c := &column{name: name}
	c.kinds[Text] = true
	return c
}

// kind is the type of a table's column: values of several kinds are text there,
// and no value at all says nothing.
func (c *column) kind() Kind {
	switch {
	case c.mixed(), c.kinds[Text]:
		return Text
	case c.kinds[Number]:
		return Number
	case c.kinds[Boolean]:
		return Boolean
	default:
		return Absent
	}
}

func (c *column) mixed() bool {
	n := 0
	for _, k := range []Kind{Text, Number, Boolean} {
		if c.kinds[k] {
			n++
		}
	}
	return n > 1
}
