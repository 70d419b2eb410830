package sink

import (
	"cmp"
	"slices"

	"speckle-runner/internal/output/kept"
)

// places remembers where the records of a reading are in its spool, because records that
// reading again recovers come last and belong between the others.
type places struct {
	start kept.Mark
	pages []pageEnd
	late  []lateRecords
	stood int // of late: those of pages that stand
}

// pageEnd is where a page ended, in the first reading.
type pageEnd struct {
	records int64 // up to here
	mark    kept.Mark
}

// lateRecords begin at a mark and end at that of the next.
type lateRecords struct {
	after int64 // the first so many records precede them
	from  kept.Mark
}

func (p *places) turn(after int64, at kept.Mark) { p.late = append(p.late, lateRecords{after, at}) }

func (p *places) forget() { p.late = p.late[:p.stood] }

func (p *places) stand(records int64, end kept.Mark) {
	p.stood = len(p.late)
	if p.stood > 0 {
		return
	}
	if n := len(p.pages); n > 0 {
		records += p.pages[n-1].records
	}
	p.pages = append(p.pages, pageEnd{records, end})
}

// arrange puts the recovered records where the server lists them.
func (p *places) arrange(spool *kept.Spool) error {
	if len(p.late) == 0 {
		return nil
	}
	end := spool.Mark()
	first := p.late[0].from
	type between struct {
		lateRecords

		to kept.Mark
	}
	var late []between
	for i, l := range p.late {
		to := end
		if i+1 < len(p.late) {
			to = p.late[i+1].from
		}
		late = append(late, between{l, to})
	}
	slices.SortStableFunc(late, func(a, b between) int { return cmp.Compare(a.after, b.after) })
	var order []kept.Range
	at := p.start
	for _, l := range late {
		until, err := p.behind(l.after, first, spool)
		if err != nil {
			return err
		}
		order = append(order, kept.Range{From: at, To: until}, kept.Range{From: l.from, To: l.to})
		at = until
	}
	return spool.Arrange(append(order, kept.Range{From: at, To: first}))
}

// behind gives the place in the spool behind so many records. Where select makes none, or
// several, of a record, that is the end of its page.
func (p *places) behind(records int64, last kept.Mark, spool *kept.Spool) (kept.Mark, error) {
	i, _ := slices.BinarySearchFunc(p.pages, records, func(e pageEnd, n int64) int { return cmp.Compare(e.records, n) })
	if i == len(p.pages) {
		return last, nil
	}
	before, page := pageEnd{mark: p.start}, p.pages[i]
	if i > 0 {
		before = p.pages[i-1]
	}
	switch {
	case records == before.records:
		return before.mark, nil
	case records == page.records || page.mark.Since(before.mark) != page.records-before.records:
		return page.mark, nil
	}
	return spool.Skip(before.mark, records-before.records)
}
