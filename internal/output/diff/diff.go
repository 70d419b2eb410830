package diff

import (
	"cmp"
	"context"
	"slices"
	"strconv"
)

// Since compares the export with an earlier one, as Encode gave it. At most
// limit records of each kind are listed; below 0 all are. What can't be read
// back is a *SnapshotError.
func (s *Snapshot) Since(ctx context.Context, earlier []byte, limit int) (*Changes, error) {
	old, err := readSnapshot(earlier)
	if err != nil {
		return nil, err
	}
	defer old.close()
	d := &difference{new: s, old: old, limit: limit}
	d.align()
	if err := d.join(ctx); err != nil {
		return nil, err
	}
	return d.result(), nil
}

// difference goes through two exports at once, both in the order of ids.
type difference struct {
	new   *Snapshot
	old   *snapshotReader
	limit int

	fields   []string // of both
	compared []bool
	ofOld    []int // place of the old export's fields among them
	was, is  []uint64

	added   []uint32 // places in the new export
	changed []changedAt
	removed List
	sets    map[string][]string // lists of fields: most records share one
	key     []byte
}

type changedAt struct {
	at     uint32
	fields []string
}

// align brings the fields of both exports under one numbering. With another
// query, only those count that both have.
func (d *difference) align() {
	d.fields = slices.Clone(d.new.fields)
	known := make(map[string]int, len(d.fields))
	for i, name := range d.fields {
		known[name] = i
	}
	same := d.new.shape == d.old.shape
	both := map[int]bool{}
	for _, name := range d.old.fields {
		i, has := known[name]
		if has {
			both[i] = true
		} else {
			i = len(d.fields)
			d.fields = append(d.fields, name)
			known[name] = i
		}
		d.ofOld = append(d.ofOld, i)
	}
	d.compared = make([]bool, len(d.fields))
	for i := range d.compared {
		d.compared[i] = same || both[i]
	}
	d.was, d.is = make([]uint64, len(d.fields)), make([]uint64, len(d.fields))
	d.sets = map[string][]string{}
}

// join walks both exports.
func (d *difference) join(ctx context.Context) error {
	more, err := d.old.next()
	for i := 0; err == nil; {
		if i%1024 == 0 && ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if i == len(d.new.at) {
			if !more {
				return nil
			}
			d.remove()
			more, err = d.old.next()
			continue
		}
		at := d.new.at[i]
		is := d.new.entry(at)
		order := -1
		if more {
			order = compareIDs(is.id, d.old.entry.id)
		}
		if order > 0 {
			d.remove()
		} else {
			i++
			if order < 0 {
				d.added = append(d.added, at)
				continue
			}
			d.compare(at, is)
		}
		more, err = d.old.next()
	}
	return err
}

func (d *difference) remove() {
	d.removed.Count++
	if d.limit < 0 || len(d.removed.Records) < d.limit {
		d.removed.Records = append(d.removed.Records, d.old.entry.shown())
	}
}

// compare holds one record against what it was.
func (d *difference) compare(at uint32, is snapshotEntry) {
	clear(d.was)
	clear(d.is)
	is.hashes(func(field int, hash uint64) { d.is[field] = hash })
	d.old.entry.hashes(func(field int, hash uint64) { d.was[d.ofOld[field]] = hash })
	d.key = d.key[:0]
	for i := range d.fields {
		if d.compared[i] && d.was[i] != d.is[i] {
			d.key = strconv.AppendInt(append(d.key, ' '), int64(i), 10)
		}
	}
	if len(d.key) > 0 {
		d.changed = append(d.changed, changedAt{at, d.set()})
	}
}

// set gives the fields that differ, one list for all records with the same.
func (d *difference) set() []string {
	if set, known := d.sets[string(d.key)]; known {
		return set
	}
	var set []string
	for i, name := range d.fields {
		if d.compared[i] && d.was[i] != d.is[i] {
			set = append(set, name)
		}
	}
	slices.Sort(set) // their numbers go by the order of the pages
	d.sets[string(d.key)] = set
	return set
}

func (d *difference) result() *Changes {
	slices.Sort(d.added)
	slices.SortFunc(d.changed, func(a, b changedAt) int { return cmp.Compare(a.at, b.at) })
	c := &Changes{Removed: d.removed}
	c.Added.Count, c.Changed.Count = int64(len(d.added)), int64(len(d.changed))
	for _, at := range d.added[:d.listed(len(d.added))] {
		c.Added.Records = append(c.Added.Records, d.new.entry(at).shown())
	}
	for _, r := range d.changed[:d.listed(len(d.changed))] {
		shown := d.new.entry(r.at).shown()
		shown.Fields = r.fields
		c.Changed.Records = append(c.Changed.Records, shown)
	}
	if len(d.new.at) > 0 && d.old.records > 0 { // an empty export has no fields to miss
		for i, name := range d.fields {
			if !d.compared[i] {
				c.NotCompared = append(c.NotCompared, name)
			}
		}
		slices.Sort(c.NotCompared)
	}
	return c
}

func (d *difference) listed(n int) int {
	if d.limit < 0 {
		return n
	}
	return min(n, d.limit)
}
