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

// check counts the collections inside of records, and beside them, that came
// back shorter than their own totalCount, and finds what is missing on the way
// to them. It looks into a record of a page only where the query selects such a
// collection.
type check struct {
	paths  []*counted
	silent *silence
	inside *branch // of a record
	beside *branch // of data, the paged collection left out
	holes  []*hole // of the page under way, each place once
	gone   []string
	stands int // so many of gone are of pages that stand
	text   bytes.Buffer
	dec    jsontext.Decoder
}

// counted is one collection of the query and what was found in the answers.
type counted struct {
	path  string
	limit int64 // that the query asks for, -1 none
	size  query.FullSize

	page, all tally // of the page under way, and of those that stand
}

// tally is what was found wrong.
type tally struct {
	short     int64 // records whose collection is short
	got, want int64 // of the first
	cut       int64 // records whose collection is cut by its own limit
	full      int64 // records whose collection is as large as may be, with no word of more
	hidden    int64 // that the server keeps from the token
	odd       int64 // totals that are no count
}

func (t *tally) add(o tally) {
	if t.short == 0 {
		t.got, t.want = o.got, o.want
	}
	t.short += o.short
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

// always is what the schema says of a branch: what an answer has to have there.
type always struct {
	path     []string // response keys from data
	never    bool     // null
	noneNull bool     // a list in which nothing is null
	list     bool     // it is a list
	object   bool     // it is an object
	names    bool     // null says that the thing isn't there
	owes     []*branch
	some     bool   // it holds something, whatever that is
	bit      uint64 // of this branch, among those that its parent owes; 0: none
}

func newCheck(q *query.Query, variables map[string]jsontext.Value) *check {
	c := &check{silent: newSilence(q)}
	for _, one := range q.Nested() {
		counted := &counted{path: q.Told(one.Path), limit: q.Wanted(one, variables), size: q.Full(one, variables)}
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

// commit makes what was found in the page under way stand; forget drops it.
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

// walk goes through a value that was scanned already. Lists are transparent: a
// branch holds for each element.
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

// elements gives how many of a list aren't null.
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
	total, got, hidden, ended := int64(-1), int64(-1), int64(0), false
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
		default:
			c.visit(below)
		}
	}
	_, _ = c.dec.ReadToken()
	c.absent(b, met, members)
	if b.found != nil {
		b.found.judge(got, total, hidden, ended)
	}
}

// judge holds one collection against its totalCount: 0 and null are unknown,
// as for pages. got is -1 where there are no records; ended is a cursor that
// says that nothing follows.
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

// fullWarning says that there may be more of a collection.
func fullWarning(s query.FullSize, path string, times int64) string {
	return fmt.Sprintf("%s: exactly %d came%s, as many as %s, so there may be more (%s)", path, s.N, inRecords(times), s.Says, s.More)
}

// inRecords says how many records something happened in, where they are
// several.
func inRecords(times int64) string {
	if times < 2 {
		return ""
	}
	return fmt.Sprintf(" in %d records", times)
}

// endless stands for all counts that no list reaches.
const endless = 1 << 53

// countOf reads a count: a number, also one that a proxy or another version
// writes as a text or with a fraction of nothing.
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

// odd notes a total that is no count. Null is none that is known, as 0 is.
func (c *counted) odd(value jsontext.Value) {
	if value.Kind() != 'n' {
		c.page.odd++
	}
}

// hole is a place of an answer without errors in which what the server always
// gives is missing.
type hole struct {
	path  []string // response keys from data
	what  string   // "is null"
	nulls int      // in the place of a list's elements: so many
	of    int      // of so many; 0: it isn't about elements
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

// absent looks for what an object has to have; met are the bits of what it has,
// which is so many members.
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

// explained drops what was found in the page under way: errors beside it say why.
func (c *check) explained() { c.holes, c.gone = nil, c.gone[:c.stands] }

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
