package run

import (
	"encoding/json"
	"errors"

	"speckle-runner/internal/output/kept"
	"speckle-runner/internal/secret"
	"speckle-runner/internal/speckle"
	"speckle-runner/internal/speckle/query"
)

// What a long list gave is kept page by page while it is read, so that the next
// attempt asks for the rest only.

// pages keeps the pages of one list for a later attempt, and has those of an earlier one.
type pages struct {
	reader  *reader
	item    bool // the list is of one item of a for_each
	own     *kept.Pages
	earlier *kept.Earlier // nil: there are none
}

// openPages finds what an earlier attempt has left of a list; nil for a list whose pages
// aren't kept.
func (r *reader) openPages(q *query.Query, list *reading) *pages {
	if r.DryRun || r.mutates() || q.Paging == nil {
		return nil
	}
	key := r.partKey(item{text: list.each}, list.variables) + " " + q.Hash() + " " + secret.TokenID(r.token)
	p := &pages{reader: r, item: list.item}
	since := r.result.StartedAt
	if r.Attempt > 1 {
		p.earlier = r.runner.Dir.KeptPages(r.Run, key)
	}
	if p.earlier != nil {
		since = p.earlier.Since
	}
	// Where records go into the spool unchanged, the spool itself keeps the pages. The
	// spool of an item may be emptied and read anew, so it can't.
	if list.program == nil && list.memory == nil && !list.item {
		p.own = r.runner.Dir.PagesIn(list.spool, r.Run, key, since)
	} else {
		p.own = r.runner.Dir.NewPages(r.Run, key, since)
	}
	return p
}

// into lets a request go on where the earlier attempt ended, and keep its pages.
func (p *pages) into(request *speckle.Request) {
	if p == nil {
		return
	}
	request.Keep = p
	if p.earlier == nil {
		return
	}
	request.Kept = p.each
	request.Resumed = func(page int, records int64) {
		if !p.item {
			p.reader.resumedAt = page
		}
		p.reader.Log.Info().Int64("records", records).Time("oldest", p.earlier.Since).
			Msgf("resumed at page %d: an earlier attempt has read those before it", page)
	}
}

// Record adds a record to the page; with EndPage and DropPage, pages is a speckle.Keeper.
func (p *pages) Record(record []byte) { p.own.Append(record) }

// EndPage keeps the page under way.
func (p *pages) EndPage(page speckle.KeptPage) {
	meta, err := json.Marshal(page)
	if err != nil { // the server's text wasn't valid JSON after all
		p.own.Remove()
		return
	}
	p.own.End(meta)
}

// DropPage drops the page under way.
func (p *pages) DropPage() { p.own.Drop() }

func (p *pages) each(record func([]byte) error, page func(speckle.KeptPage) error) error {
	return p.earlier.Each(record, func(meta []byte) error {
		var keptPage speckle.KeptPage
		if err := json.Unmarshal(meta, &keptPage); err != nil {
			return err
		}
		return page(keptPage)
	})
}

// close ends the keeping. It removes the pages where the answers are in doubt, and those
// of an item that was read to its end, which is kept as a part instead.
func (p *pages) close(stats speckle.Stats, err error) {
	if p == nil {
		return
	}
	if failed := p.own.Err(); failed != nil {
		p.reader.kept.failed(failed)
	}
	failed, typed := errors.AsType[*speckle.Error](err)
	switch {
	case stats.Short != nil, typed && failed.Kind == speckle.PagingFault, p.item && err == nil:
		p.own.Remove()
		p.earlier.Remove()
		return
	case p.earlier != nil && p.own.Records() >= p.earlier.Records:
		p.earlier.Remove()
	}
	p.own.Close()
	p.earlier.Close()
}
