package bundle

import (
	"cmp"
	"context"
	"fmt"
	"strings"

	"speckle-runner/internal/elements/bundle/columns"
	"speckle-runner/internal/said"
)

// maxTargets bounds the levels and systems that elements can be on and in: their
// names are held in memory.
const maxTargets = 1 << 18

// maxWord is how many characters of a relation's name are shown.
const maxWord = 64

// readRelTypes gives the relations' numbers by the bundle's own vocabulary, and
// the usual ones where it has no word for one and no other use for its number.
func (b *Bundle) readRelTypes(ctx context.Context, path string) (map[int32]relation, error) {
	words := map[int32]string{}
	if path != "" {
		if err := vocabulary(ctx, path, words); err != nil {
			return nil, err
		}
	}
	byNumber := map[int32]relation{}
	for r := range relationCount {
		known := false
		for number, name := range words {
			if name == relations[r].name {
				byNumber[number], known = r, true
			}
		}
		if known {
			continue
		}
		usual := relations[r].number
		if other, taken := words[usual]; taken {
			b.warn(fmt.Sprintf("the bundle's %s has no %s, and its usual number %d is %s: no element has such a relation",
				relTypesFile, relations[r].name, usual, cmp.Or(said.Line(other, maxWord), "without a name")))
		} else {
			byNumber[usual] = r
		}
	}
	return byNumber, nil
}

// vocabulary reads the names of relations by their numbers; one name may have several.
func vocabulary(ctx context.Context, path string, words map[int32]string) error {
	f, err := open(path, relTypesFile, []string{"id", "name"})
	if err != nil {
		return err
	}
	defer f.Close() //nolint:errcheck // it is only read
	scan := f.Scan(nil)
	ids, names := scan.Ints("id"), scan.Texts("name")
	for scan.Next(ctx) {
		numbers, err := filled(f, ids, "id")
		if err != nil {
			return err
		}
		texts, present, err := names.Get()
		if err != nil {
			return f.wrong(err)
		}
		for i, number := range numbers {
			if len(words) > maxUnits {
				return broken(relTypesFile, "it has more than %d kinds of relations", maxUnits)
			}
			if _, twice := words[number]; twice {
				return broken(relTypesFile, "relation number %d is there twice", number)
			}
			words[number] = ""
			if present[i] && len(texts[i]) < maxUnit {
				words[number] = strings.ToUpper(texts[i])
			}
		}
	}
	return f.ended(ctx, scan)
}

// relationReader reads the relations that records tell of.
type relationReader struct {
	b        *Bundle
	f        *file
	byNumber map[int32]relation
	columns  struct{ rel, src, dst, ord *columns.Column[int32] }
	toNodes  *spill // by source
	targets  *spill // by target: relations between objects
	nodes    map[int32]string
	rooms    bool
	record   []byte
}

// readRelations adds to each object the nodes that it is on and in, and resolves
// the relations between objects.
func (b *Bundle) readRelations(ctx context.Context, files map[string]string) error {
	byNumber, err := b.readRelTypes(ctx, files[relTypesFile])
	if err != nil {
		return err
	}
	f, err := open(files[relationsFile], relationsFile, []string{"rel", "src", "dst"}, "ord")
	if err != nil {
		return err
	}
	defer f.Close()                                                   //nolint:errcheck // it is only read
	targets, err := newSpill(b.room, 0, uint64(b.count), f.Rows()*16) //nolint:gosec // a count
	if err != nil {
		return err
	}
	defer targets.close() //nolint:errcheck // scratch
	r := &relationReader{b: b, f: f, byNumber: byNumber, toNodes: b.base, targets: targets, nodes: map[int32]string{}}
	scan := f.Scan(nil)
	r.columns.rel, r.columns.src = scan.Ints("rel"), scan.Ints("src")
	r.columns.dst, r.columns.ord = scan.Ints("dst"), scan.Ints("ord")
	for scan.Next(ctx) {
		if err := r.batch(); err != nil {
			return err
		}
	}
	if err := f.ended(ctx, scan); err != nil {
		return err
	}
	if err := b.readNodes(ctx, files[nodesFile], r.nodes); err != nil {
		return err
	}
	return b.resolve(ctx, targets, r.rooms)
}

func (r *relationReader) batch() error {
	rels, err := filled(r.f, r.columns.rel, "rel")
	if err != nil {
		return err
	}
	sources, err := filled(r.f, r.columns.src, "src")
	if err != nil {
		return err
	}
	targets, err := filled(r.f, r.columns.dst, "dst")
	if err != nil {
		return err
	}
	orders, ordered, err := r.columns.ord.Get()
	if err != nil {
		return r.f.wrong(err)
	}
	for i, number := range rels {
		kind, ok := r.byNumber[number]
		if !ok {
			continue
		}
		l := link{relation: kind, target: targets[i]}
		if ordered[i] {
			l.order = orders[i]
		}
		if err := r.add(sources[i], l); err != nil {
			return err
		}
	}
	return nil
}

func (r *relationReader) add(source int32, l link) error {
	name := relations[l.relation].name
	if !r.b.isObject(source) {
		return broken(relationsFile, "%s leads from object number %d, which %s lacks", name, source, objectsFile)
	}
	if relations[l.relation].toNode {
		if _, known := r.nodes[l.target]; !known && len(r.nodes) == maxTargets {
			return broken(relationsFile, "more than %d levels and systems are more than can be held", maxTargets)
		}
		r.nodes[l.target] = ""
		r.record = appendLink(append(r.record[:0], linkRecord), l)
		return r.toNodes.add(uint64(source), r.record) //nolint:gosec // never below zero
	}
	if !r.b.isObject(l.target) {
		return broken(relationsFile, "%s leads to object number %d, which %s lacks", name, l.target, objectsFile)
	}
	r.rooms = r.rooms || l.relation == inRoom
	r.record = appendLink(r.record[:0], link{relation: l.relation, order: l.order, target: source})
	return r.targets.add(uint64(l.target), r.record) //nolint:gosec // never below zero
}

// readNodes finds the names of the nodes that relations lead to.
func (b *Bundle) readNodes(ctx context.Context, path string, wanted map[int32]string) error {
	f, err := open(path, nodesFile, []string{"id", "name"})
	if err != nil {
		return err
	}
	defer f.Close() //nolint:errcheck // it is only read
	found := make(map[int32]bool, len(wanted))
	scan := f.Scan(nil)
	ids, names := scan.Ints("id"), scan.Texts("name")
	for scan.Next(ctx) {
		numbers, err := filled(f, ids, "id")
		if err != nil {
			return err
		}
		for i, number := range numbers {
			if _, is := wanted[number]; !is {
				continue
			}
			texts, present, err := names.Get()
			switch {
			case err != nil:
				return f.wrong(err)
			case found[number]:
				return broken(nodesFile, "node number %d is there twice", number)
			case present[i] && len(texts[i]) > maxUnit:
				return broken(nodesFile, "the name of node number %d has %d bytes, which is more than can be held", number, len(texts[i]))
			}
			found[number] = true
			if present[i] && texts[i] != "" {
				wanted[number] = strings.Clone(texts[i])
			}
		}
	}
	if err := f.ended(ctx, scan); err != nil {
		return err
	}
	for number := range wanted {
		if !found[number] {
			return broken(relationsFile, "a relation leads to node number %d, which %s lacks", number, nodesFile)
		}
	}
	b.nodes = wanted
	return nil
}
