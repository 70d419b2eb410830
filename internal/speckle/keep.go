package speckle

import "github.com/go-json-experiment/json/jsontext"

// resumable reports whether a later read can go on behind a page: the list changes at its
// front only, records have ids, and totalCount shows whether any went away.
func (rd *reading) resumable() bool {
	p := rd.Query.Paging
	if p == nil || p.IDKey == "" {
		return false
	}
	return p.Fixed || p.Order != "" && p.TotalKey != ""
}

// keepRecord keeps a record of the page under way. Without an id it wouldn't be known when it
// comes again, so the keeping ends.
func (rd *reading) keepRecord(record, id []byte) {
	if rd.Keep == nil {
		return
	}
	if len(id) == 0 || id[0] == 'n' {
		rd.stopKeeping()
		return
	}
	rd.Keep.Record(record)
}

func (rd *reading) stopKeeping() {
	if rd.Keep != nil {
		rd.Keep.DropPage()
		rd.Keep = nil
	}
}

// keepPage keeps the page that was delivered. The last page isn't kept, since there may be
// more later; nor is one with errors, which may come without them.
func (w *walkthrough) keepPage(data jsontext.Value, done bool) {
	rd := w.rd
	switch {
	case rd.Keep == nil:
	case done || rd.call.partial != nil:
		rd.stopKeeping()
	default:
		rd.Keep.EndPage(KeptPage{Data: data, Tied: w.tied})
	}
}
