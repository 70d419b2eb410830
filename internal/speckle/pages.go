package speckle

import (
	"context"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// single reads a query that isn't paged.
func (rd *reading) single(ctx context.Context) error {
	if err := rd.fetch(ctx, rd.Variables); err != nil {
		return err
	}
	if err := rd.end(jsontext.Value("{}")); err != nil {
		return err
	}
	rd.conclude()
	return nil
}

// paged reads every page, and reads again while records are missing that may be found so.
func (rd *reading) paged(ctx context.Context) error {
	size := rd.pageSize()
	first := &walkthrough{rd: rd, size: size}
	if err := first.run(ctx); err != nil {
		return err
	}
	rd.Keep, rd.Kept, rd.last = nil, nil, nil
	if err := rd.readAgain(ctx, first); err != nil {
		return err
	}
	rd.conclude()
	switch {
	case rd.lacking():
		rd.short(first)
	case first.tied != "" && (rd.stats.Ended || rd.stats.Total < 0):
		p := rd.Query.Paging
		rd.stats.Short = &ShortError{Path: rd.Query.Readable(p.Path), Of: p.Noun(), Got: rd.stats.Records, Tied: first.tied, Hint: p.ApartHint()}
	}
	return nil
}

// short notes what is missing, and why as far as that is known.
func (rd *reading) short(first *walkthrough) {
	p := rd.Query.Paging
	s := &ShortError{
		Path: rd.Query.Readable(p.Path), Of: p.Noun(), Got: rd.stats.Records, Want: rd.stats.Total - rd.stats.Hidden,
		Rereads: rd.stats.Rereads, Tied: rd.ties.found(), Crowd: rd.crowd,
	}
	if s.Tied == "" && s.Crowd == "" && (s.Rereads == 0 || p.TimeKey == "") {
		s.Cursor = first.edge // rows of the same time weren't looked for
	}
	switch {
	case rd.nameless.all > 0:
		s.Hint = "records came without an id, so it isn't read again: nobody could tell which of them came before"
	case p.Hides():
		s.Hint = "select numberOfHidden beside totalCount: what is behind single sign-on is counted and not given"
	case p.IDKey == "" && p.HasID():
		s.Hint = "select id inside " + p.Items + ": then it is read again and joined"
	case s.Crowd != "":
		s.Hint = p.ApartHint()
	case p.LimitVar == "":
		s.Hint = "pass the limit as a variable: then it is read again with another page size"
	case s.Rereads > 0:
		s.Hint, s.Anyway = "records that the token may not see are counted too", true
	}
	if rd.stats.Short != nil {
		rd.warnf("%s", rd.stats.Short)
	}
	rd.stats.Short = s
}

// conclude makes Short and warnings of what the checks have found.
func (rd *reading) conclude() {
	if p := rd.Query.Paging; p != nil {
		rd.warnHidden(strings.Join(p.Path, "."), rd.stats.Hidden)
		rd.cannotTell()
		if rd.nameless.all > 0 {
			rd.warnf("%s", rd.nameless.warning(rd.Query.Readable(p.Path)))
		}
	}
	rd.mended.tell(rd.Query, rd.warnf)
	rd.check.silent.tell(rd.warnf)
	for _, path := range rd.check.gone {
		rd.warnf("%s is null, and the server gives no error for it: it isn't there, or the token may not see it", rd.Query.ReadablePath(path))
	}
	for _, c := range rd.check.paths {
		rd.warnHidden(c.path, c.all.hidden)
		if c.all.cut > 0 {
			rd.warnf("only the first %d of %s are exported%s, as its limit says", c.limit, c.path, inRecords(c.all.cut))
		}
		if c.all.odd > 0 {
			rd.warnf("%s: totalCount came as something else than a count%s, so nobody can tell whether it is whole", c.path, inRecords(c.all.odd))
		}
		if c.all.full > 0 && rd.Complete {
			rd.warnf("%s", fullWarning(c.size, c.path, c.all.full))
		}
		if c.all.short == 0 {
			continue
		}
		s := &ShortError{Path: c.path, Got: c.all.got, Want: c.all.want, Records: c.all.short,
			Hint: "give it a larger limit, or page it in a job of its own"}
		if rd.stats.Short == nil {
			rd.stats.Short = s
		} else {
			rd.warnf("%s", s)
		}
	}
}
