package speckle

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"speckle-runner/internal/speckle/query"
)

// check counts collections inside records, and beside them, that are shorter than their own
// totalCount, and finds nulls and absent fields on the way to them. It looks into the records
// of a page only where the query selects such a collection.
type check struct {
	paths  []*counted
	silent *silence
	inside *branch // the selection inside a record
	beside *branch // the selection of data, without the paged collection
	holes  []*hole // of the page under way, each place once
	gone   []string
	stands int // how many of gone are of pages that count
	text   bytes.Buffer
	dec    jsontext.Decoder
}

// counted is a collection in the query, and what was found of it in the answers.
type counted struct {
	path  string
	limit int64 // its limit in the query; -1: none
	size  query.FullSize

	page, all tally // of the page under way, and of the pages that count
}

// tally counts what was found wrong.
type tally struct {
	short     int64 // records whose collection is short
	none      int64 // of these, records whose collection has null in place of a list
	got, want int64 // of the first
	cut       int64 // records whose collection is cut by its own limit
	full      int64 // records whose collection is as large as a page, so that there may be more
	hidden    int64 // items that the server hides from the token
	odd       int64 // totalCounts that are no number
}

func (t *tally) add(o tally) {
	if t.short == 0 {
		t.got, t.want = o.got, o.want
	}
	t.short += o.short
	t.none += o.none
	t.cut += o.cut
	t.full += o.full
	t.hidden += o.hidden
	t.odd += o.odd
}

// branch is a part of the selection that leads to a collection.
type branch struct {
	below  map[string]*branch
	found  *counted
	total  string
	record string
	hidden string
	cursor string
	always
}

// always is what an answer must have at a branch, by the schema.
type always struct {
	path     []string  // response keys from data
	never    bool      // it is never null
	noneNull bool      // none of the list's elements is null
	list     bool      // it is a list
	object   bool      // it is an object
	names    bool      // null says that the thing doesn't exist, or may not be seen
	owes     []*branch // fields that are always there
	some     bool      // it is never an empty object
	bit      uint64    // its bit among the owes of its parent; 0: none
}

func newCheck(q *query.Query, variables map[string]jsontext.Value) *check {
	c := &check{silent: newSilence(q)}
	for _, one := range q.Nested() {
		counted := &counted{path: q.Readable(one.Path), limit: q.Wanted(one, variables), size: q.Full(one, variables)}
		if one.Total == "" && one.Hidden == "" && counted.size.N == 0 {
			continue
		}
		c.paths = append(c.paths, counted)
		path, start := one.Path, &c.inside
		if one.InRecord {
			path = path[len(q.Paging.Path)+1:]
		} else if q.Paging != nil {
			start = &c.beside
		}
		b := grow(start, path)
		b.found, b.total, b.record, b.hidden = counted, one.Total, one.Records, one.Hidden
		b.cursor = one.Cursor
	}
	return c
}

func grow(start **branch, path []string) *branch {
	if *start == nil {
		*start = &branch{below: map[string]*branch{}}
	}
	b := *start
	for _, key := range path {
		next := b.below[key]
		if next == nil {
			next = &branch{below: map[string]*branch{}}
			b.below[key] = next
		}
		b = next
	}
	return b
}

func (c *check) record(record []byte) {
	c.walk(c.inside, record)
	c.silent.record(record)
}

// data looks beside the records of a page.
func (c *check) data(data []byte) {
	c.walk(c.beside, data)
	c.silent.data(data)
}

// commit adds what was found in the page under way to the pages that count; forget drops it.
func (c *check) commit() {
	for _, p := range c.paths {
		p.all.add(p.page)
		p.page = tally{}
	}
	c.stands = len(c.gone)
	c.silent.commit()
}

func (c *check) forget() {
	for _, p := range c.paths {
		p.page = tally{}
	}
	c.explained()
	c.silent.forget()
}

// walk goes through a value that is known to be JSON. For a list, a branch applies to each
// element.
func (c *check) walk(b *branch, value []byte) {
	if b == nil || len(value) == 0 {
		return
	}
	c.text = *bytes.NewBuffer(value) // the decoder reads where it lies
	c.dec.Reset(&c.text, jsontext.AllowDuplicateNames(true))
	c.visit(b)
}

// visit reads one value, or each of a list's. It never fails: the text is JSON.
func (c *check) visit(b *branch) {
	if b == nil || len(b.below) == 0 && b.found == nil && !b.noneNull && !b.some {
		_ = c.dec.SkipValue()
		return
	}
	switch c.dec.PeekKind() {
	case '[':
		c.elements(b)
	case '{':
		c.object(b)
	default:
		_ = c.dec.SkipValue()
	}
}

// elements visits the elements of a list, and gives how many aren't null.
func (c *check) elements(b *branch) (n int64) {
	nulls := 0
	_, _ = c.dec.ReadToken()
	for kind := c.dec.PeekKind(); kind != ']' && kind != jsontext.KindInvalid; kind = c.dec.PeekKind() {
		if kind == 'n' {
			_ = c.dec.SkipValue()
			nulls++
			continue
		}
		c.element(b)
		n++
	}
	_, _ = c.dec.ReadToken()
	if nulls > 0 && b != nil && b.noneNull {
		c.lacks(&hole{path: b.path, nulls: nulls, of: int(n) + nulls})
	}
	return n
}

func (c *check) element(b *branch) {
	if b == nil || len(b.below) == 0 && b.found == nil {
		_ = c.dec.SkipValue()
		return
	}
	c.visit(b)
}

func (c *check) object(b *branch) {
	_, _ = c.dec.ReadToken()
	total, got, hidden, ended, null := int64(-1), int64(-1), int64(0), false, false
	met, members := uint64(0), 0
	for c.dec.PeekKind() == '"' {
		token, err := c.dec.ReadToken()
		if err != nil {
			return
		}
		members++
		name := token.String()
		below := b.below[name]
		if below != nil {
			met |= below.bit
			c.judge(below, c.dec.PeekKind())
		}
		switch {
		case b.found != nil && (name == b.total || name == b.hidden):
			value, _ := c.dec.ReadValue()
			n, is := countOf(value)
			switch {
			case name == b.total && is:
				total = n
			case name == b.total:
				b.found.odd(value)
			case is && n < endless:
				hidden = n
			}
		case b.found != nil && b.cursor != "" && name == b.cursor:
			value, _ := c.dec.ReadValue()
			ended = value.Kind() == 'n' || string(value) == `""`
		case b.found != nil && name == b.record && c.dec.PeekKind() == '[':
			got = c.elements(below)
		case b.found != nil && name == b.record && c.dec.PeekKind() == 'n':
			_ = c.dec.SkipValue()
			null = true
		default:
			c.visit(below)
		}
	}
	_, _ = c.dec.ReadToken()
	c.absent(b, met, members)
	if b.found != nil {
		if null {
			b.found.missing(total, hidden)
		} else {
			b.found.judge(got, total, hidden, ended)
		}
	}
}

// judge compares one collection with its totalCount, where 0 and null mean unknown, as for
// pages. got is -1 where it has no list; ended: its cursor says that nothing follows.
func (c *counted) judge(got, total, hidden int64, ended bool) {
	total -= min(hidden, max(total, 0))
	want := total
	if c.limit >= 0 {
		want = min(total, c.limit)
	}
	t := tally{hidden: hidden}
	switch {
	case total <= 0 && c.size.N > 0 && got >= c.size.N && !ended:
		t.full = 1
	case total <= 0 || got < 0:
	case got < want:
		t.short, t.got, t.want = 1, got, want
	case c.limit > 1 && total > c.limit:
		t.cut = 1
	}
	c.page.add(t)
}

// missing judges a collection that has null in place of its list. Errors of the answer
// may say why.
func (c *counted) missing(total, hidden int64) {
	want := total - min(hidden, max(total, 0))
	if c.limit >= 0 {
		want = min(want, c.limit)
	}
	if want > 0 {
		c.page.add(tally{hidden: hidden, short: 1, none: 1, want: want})
	}
}

// fullWarning says that there may be more of a collection.
func fullWarning(s query.FullSize, path string, times int64) string {
	return fmt.Sprintf("%s: exactly %d came%s, as many as %s, so there may be more (%s)", path, s.N, inRecords(times), s.Says, s.More)
}

// inRecords says in how many records something happened; "" for one.
func inRecords(times int64) string {
	if times < 2 {
		return ""
	}
	return fmt.Sprintf(" in %d records", times)
}

// endless stands for all counts that are larger than any list.
const endless = 1 << 53

// countOf reads a count: a number, also as a string or with a fraction of 0, as a proxy or
// another version of the server may write it.
func countOf(value []byte) (int64, bool) {
	text := strings.TrimSpace(strings.Trim(string(value), `"`))
	if n, err := strconv.ParseInt(text, 10, 64); err == nil {
		return min(n, endless), n >= 0
	}
	n, err := strconv.ParseFloat(text, 64)
	switch {
	case err != nil && !errors.Is(err, strconv.ErrRange), n < 0, n != math.Trunc(n):
		return 0, false
	case n >= endless:
		return endless, true
	}
	return int64(n), true
}

// odd notes a totalCount that is no number. Null isn't odd: it means unknown, as 0 does.
func (c *counted) odd(value jsontext.Value) {
	if value.Kind() != 'n' {
		c.page.odd++
	}
}

// hole is a place in an answer that lacks what the server always gives, without an error
// that says why.
type hole struct {
	path  []string // response keys from data
	what  string   // such as "is null"
	nulls int      // how many elements of a list are null
	of    int      // of how many elements; 0: it isn't about a list
	empty bool     // nothing came at all
}

// judge looks at what a branch's value is.
func (c *check) judge(b *branch, kind jsontext.Kind) {
	switch {
	case kind == 'n' && b.never:
		c.lacks(&hole{path: b.path, what: isNull})
	case kind == 'n' && b.names:
		c.gone = append(c.gone, strings.Join(b.path, "."))
	case kind == 'n':
	case b.list && kind != '[' || b.object && kind != '{':
		c.lacks(&hole{path: b.path, what: isOther})
	}
}

// absent finds what an object must have and lacks; met are the bits of what it has, members
// how many members that is.
func (c *check) absent(b *branch, met uint64, members int) {
	for _, owed := range b.owes {
		if met&owed.bit == 0 {
			c.lacks(&hole{path: owed.path, what: isAbsent})
			return
		}
	}
	if b.some && members == 0 {
		c.lacks(&hole{empty: true})
	}
}

// explained drops what was found in the page under way: the errors of its answer say why.
func (c *check) explained() {
	c.holes, c.gone = nil, c.gone[:c.stands]
	for _, p := range c.paths {
		p.page.short -= p.page.none
		p.page.none = 0
	}
}

func (c *check) lacks(h *hole) {
	if !slices.ContainsFunc(c.holes, func(o *hole) bool { return slices.Equal(o.path, h.path) && o.what == h.what }) {
		c.holes = append(c.holes, h)
	}
}

// What can be wrong with a place.
const (
	isNull   = "is null"
	isAbsent = "is absent"
	isOther  = "isn't what the query asks for"
)
