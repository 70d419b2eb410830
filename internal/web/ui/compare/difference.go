package compare

import (
	"cmp"
	"encoding/binary"
	"hash/maphash"
	"slices"
)

// difference goes through two files.
type difference struct {
	was, is *sheet
	both    []pair // columns
	added   []int  // records of the newer file
	removed []int  // of the earlier one
	changed []pair
	result  Result
}

// pair is where the same stands in both files.
type pair struct{ was, is int }

// align finds the columns that both files have. An empty file has none that
// could be missed.
func (d *difference) align() {
	for i, name := range d.is.columns {
		if d.is.column(name) != i {
			continue // a second one of its name
		}
		if at := d.was.column(name); at >= 0 {
			d.both = append(d.both, pair{at, i})
		} else if d.was.records() > 0 {
			d.result.Came = append(d.result.Came, name)
		}
	}
	for _, name := range d.was.columns {
		if d.is.column(name) < 0 && d.is.records() > 0 {
			d.result.Went = append(d.result.Went, name)
		}
	}
	d.result.Wide = d.was.wide || d.is.wide
	d.result.Then, d.result.Now = d.was.records(), d.is.records()
}

// key finds the column that tells records apart in both files, "" for none.
func (d *difference) key() string {
	for _, p := range d.both {
		if name := d.is.columns[p.is]; tellsApart(name) && d.was.distinct(p.was) && d.is.distinct(p.is) {
			return name
		}
	}
	return ""
}

// joinByKey compares records with one key.
func (d *difference) joinByKey(was, is int) {
	before := make(map[uint64]int, d.was.records())
	for n, key := range d.was.keys[was] {
		before[key] = n
	}
	for n, key := range d.is.keys[is] {
		old, has := before[key]
		switch {
		case !has:
			d.added = append(d.added, n)
			continue
		case len(d.differing(pair{old, n})) > 0:
			d.changed = append(d.changed, pair{old, n})
		}
		delete(before, key)
	}
	for _, n := range before {
		d.removed = append(d.removed, n)
	}
	slices.Sort(d.removed)
}

// differing gives the columns in which a record has another value than before,
// of those that both files have.
func (d *difference) differing(record pair) []pair {
	was, is := d.was.row(record.was), d.is.row(record.is)
	var other []pair
	for _, column := range d.both {
		if valueAt(was, column.was) != valueAt(is, column.is) {
			other = append(other, column)
		}
	}
	return other
}

func valueAt(row []uint32, column int) uint32 {
	if column < len(row) {
		return row[column]
	}
	return 0
}

// joinWhole compares records by all that they hold in the columns of both: what
// is there three times then and twice now, went once.
func (d *difference) joinWhole() {
	before := make(map[uint64][]int, d.was.records())
	for n := range d.was.records() {
		row := d.was.row(n)
		hash := d.whole(func(p pair) uint32 { return valueAt(row, p.was) })
		before[hash] = append(before[hash], n)
	}
	for n := range d.is.records() {
		row := d.is.row(n)
		hash := d.whole(func(p pair) uint32 { return valueAt(row, p.is) })
		if alike := before[hash]; len(alike) > 0 {
			before[hash] = alike[1:]
		} else {
			d.added = append(d.added, n)
		}
	}
	for _, rest := range before {
		d.removed = append(d.removed, rest...)
	}
	slices.Sort(d.removed)
}

func (d *difference) whole(value func(pair) uint32) uint64 {
	text := make([]byte, 0, 256)
	for _, p := range d.both {
		text = binary.LittleEndian.AppendUint32(text, value(p))
	}
	return maphash.Bytes(seed, text)
}

// count says how many records are other, and in which fields.
func (d *difference) count() {
	d.result.Added, d.result.Removed, d.result.Changed = len(d.added), len(d.removed), len(d.changed)
	counts := make([]int, len(d.is.columns))
	for _, record := range d.changed {
		for _, column := range d.differing(record) {
			counts[column.is]++
		}
	}
	for i, n := range counts {
		if n > 0 {
			d.result.Fields = append(d.result.Fields, Count{d.is.columns[i], n})
		}
	}
	slices.SortStableFunc(d.result.Fields, func(a, b Count) int { return cmp.Compare(b.Records, a.Records) })
}
