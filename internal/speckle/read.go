package speckle

import "context"

// Read sends a query and delivers its records to sink: those of all pages, or data as the
// one record of a query that isn't paged. After an error, sink holds only a part of them.
// Stats.Short says that the server counts more records than it gave.
func (c *Client) Read(ctx context.Context, r Request, sink Sink) (Stats, error) {
	rd := &reading{client: c, Request: r, sink: sink, check: newCheck(r.Query, r.Variables), stats: Stats{Total: -1}, known: map[string]bool{}}
	rd.placed = -1
	if !r.own {
		rd.check.expect(r.Query)
	}
	rd.call = &call{query: r.Query, plan: planFor(r.Query), limits: c.limits, words: c.words, budget: r.Budget, take: rd.take,
		forget: rd.forget}
	var err error
	if p := r.Query.Paging; p == nil {
		err = rd.single(ctx)
	} else {
		if p.IDKey != "" {
			rd.seen = newSeen()
		}
		if !rd.resumable() {
			rd.Keep, rd.Kept = nil, nil
		}
		err = rd.paged(ctx)
	}
	return rd.stats, err
}
