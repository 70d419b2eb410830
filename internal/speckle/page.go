package speckle

import (
	"context"
	"errors"

	"github.com/go-json-experiment/json/jsontext"
)

// take is the receiver of the call's records.
func (rd *reading) take(record, id []byte) error {
	if record[0] == 'n' && !rd.ended {
		rd.nulls++ // an error beside it should say why
	}
	if record[0] == 'n' || rd.ended {
		return nil
	}
	named := identifies(id)
	if rd.again && (!named || rd.beyond(record)) {
		return nil // nobody can tell whether it came before, or it is looked for elsewhere
	}
	if rd.seen != nil && !rd.nameless.take(id) {
		return nil
	}
	if rd.seen != nil && named && (rd.again || rd.uncounted()) {
		rd.ids = append(append(rd.ids, id...), ',')
	}
	rd.ties.look(record, id)
	if rd.Kept != nil {
		rd.last = append(rd.last[:0], record...)
	}
	if rd.seen != nil && named && !rd.seen.add(id) {
		if rd.again && rd.relisted(id) {
			rd.lapped++
		}
		rd.repeats++
		return nil
	}
	if rd.again {
		rd.place(record)
	} else if rd.stats.Records == 0 && rd.page == 0 && rd.Query.Paging != nil {
		rd.newest = rd.timeIn(record)
	}
	if rd.Query.Paging == nil {
		rd.root, rd.void = rd.nullRoot(record), holdsNothing(record)
	}
	if rd.Until != nil {
		var err error
		rd.ended, err = rd.Until(record)
		if err != nil || rd.ended {
			return err
		}
	}
	rd.keepRecord(record, id)
	rd.page++
	rd.mended.record(rd.call, rd.stats.Pages+1)
	rd.check.record(record)
	return rd.sink.Record(record)
}

// forget takes the page under way back.
func (rd *reading) forget() error {
	emitted := rd.page > 0
	rd.renew()
	if rd.Keep != nil {
		rd.Keep.DropPage()
	}
	rd.check.forget()
	if rd.seen != nil {
		rd.seen.forget()
	}
	if !emitted {
		return nil
	}
	return rd.sink.DropPage()
}

// renew forgets what was found in the page under way.
func (rd *reading) renew() {
	rd.nameless.page, rd.mended.page = 0, mends{}
	rd.page, rd.repeats, rd.nulls, rd.root, rd.ended = 0, 0, 0, nil, false
	rd.lapped, rd.ids, rd.pending = 0, rd.ids[:0], rd.pending[:0]
	if rd.again {
		rd.placed = -1 // the sink forgets it with the page
	}
}

// fetch sends one request, and refuses an answer that can't stand.
func (rd *reading) fetch(ctx context.Context, variables map[string]jsontext.Value) error {
	x := rd.call
	rd.renew()
	x.limit, x.plan.Most = rd.pageBound(variables)
	err := rd.client.send(ctx, x, variables)
	rd.stats.Requests += x.tries
	rd.stats.Bytes += x.bytes
	x.bytes = 0
	rd.stats.Clock.Join(x.clock)
	if err != nil {
		return err
	}
	if err := rd.stands(); err != nil {
		if back := x.takeBack(); back != nil {
			return errors.Join(err, back)
		}
		return err
	}
	return nil
}

// end makes the page under way stand.
func (rd *reading) end(data jsontext.Value) error {
	rd.call.given = false
	if rd.seen != nil {
		rd.seen.commit()
	}
	rd.check.commit()
	rd.nameless.commit()
	rd.mended.commit(rd.call, rd.stats.Pages+1)
	rd.stats.Pages++
	rd.stats.Records += int64(rd.page)
	rd.stats.Duplicates += rd.repeats
	for _, f := range rd.pending {
		rd.recovered = regain(rd.recovered, f)
		rd.stats.Recovered += f.n
	}
	if err := rd.sink.EndPage(Page{Number: rd.stats.Pages, Data: data, Records: rd.page}); err != nil {
		return err
	}
	rd.progress()
	return nil
}
