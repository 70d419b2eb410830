package bundle

import (
	"cmp"
	"encoding/binary"
	"slices"
	"strings"
)

// relation is a relation that records tell of.
type relation byte

const (
	onLevel relation = iota
	inRoom
	inSystem
	hostedOn
	subelement
	relationCount
)

// relations are their names in a bundle's vocabulary, their numbers where it has
// none, and whether they go to a node or to an object. All lead from the element
// to what its record names.
var relations = [relationCount]struct {
	name   string
	number int32
	toNode bool
}{
	onLevel:    {"ON_LEVEL", 7, true},
	inRoom:     {"IN_ROOM", 12, false},
	inSystem:   {"IN_SYSTEM", 14, true},
	hostedOn:   {"HOSTED_ON", 22, false},
	subelement: {"SUBELEMENT", 3, false},
}

// link is one relation of an element.
type link struct {
	relation relation
	order    int32
	target   int32 // a node or an object
	text     string
}

func appendLink(record []byte, l link) []byte {
	record = append(record, byte(l.relation))
	record = binary.AppendUvarint(record, uint64(uint32(l.order)))  //nolint:gosec // the bits
	record = binary.AppendUvarint(record, uint64(uint32(l.target))) //nolint:gosec // the bits
	return append(record, l.text...)
}

func readLink(record string) link {
	order, at := uvarint(record, 1)
	target, at := uvarint(record, at)
	return link{
		relation: relation(record[0]), order: int32(uint32(order)), //nolint:gosec // the bits, as they were written
		target: int32(uint32(target)), text: record[at:], //nolint:gosec // the bits, as they were written
	}
}

// joined is what the links of one relation are called, in their order.
func joined(links []link, of relation) string {
	var texts []string
	for _, l := range links {
		if l.relation == of && l.text != "" { // a level need not have a name
			texts = append(texts, l.text)
		}
	}
	return strings.Join(texts, "; ")
}

// arrange sorts links by relation, order and target, whatever the order of rows
// was; one that leads where another of its relation does is dropped.
func arrange(links []link) []link {
	if len(links) < 2 {
		return links
	}
	slices.SortFunc(links, func(a, b link) int {
		return cmp.Or(cmp.Compare(a.relation, b.relation), cmp.Compare(a.target, b.target), cmp.Compare(a.order, b.order))
	})
	links = slices.CompactFunc(links, func(a, b link) bool { return a.relation == b.relation && a.target == b.target })
	slices.SortFunc(links, func(a, b link) int {
		return cmp.Or(cmp.Compare(a.relation, b.relation), cmp.Compare(a.order, b.order), cmp.Compare(a.target, b.target))
	})
	return links
}
