package speckle

import (
	"bytes"

	"speckle-runner/internal/speckle/query"

	"github.com/go-json-experiment/json/jsontext"
)

// silence counts nulls in fields that a server leaves empty without an error. It looks into a
// record only where the query selects such a field and the record holds any null.
type silence struct {
	fields         []*silent
	inside, beside *quietBranch // of a record; of data around the records
	text           bytes.Buffer
	dec            jsontext.Decoder
}

// silent is one such field of the query.
type silent struct {
	path      string // of response keys
	why       string
	page, all int64 // nulls of the page under way, and of those that stand
}

// quietBranch is a part of the selection that leads to such a field.
type quietBranch struct {
	below map[string]*quietBranch
	found *silent
}

func newSilence(q *query.Query) *silence {
	s := &silence{}
	for _, f := range q.Quiet() {
		one := &silent{path: q.Readable(f.Path), why: f.Why}
		s.fields = append(s.fields, one)
		start, path := &s.beside, f.Path
		if f.Inside >= 0 {
			start, path = &s.inside, f.Path[f.Inside:]
		}
		branchTo(start, path).found = one
	}
	return s
}

func branchTo(start **quietBranch, path []string) *quietBranch {
	if *start == nil {
		*start = &quietBranch{}
	}
	b := *start
	for _, key := range path {
		if b.below == nil {
			b.below = map[string]*quietBranch{}
		}
		if b.below[key] == nil {
			b.below[key] = &quietBranch{}
		}
		b = b.below[key]
	}
	return b
}

func (s *silence) record(record []byte) { s.walk(s.inside, record) }

// data looks beside the records of a page.
func (s *silence) data(data []byte) { s.walk(s.beside, data) }

func (s *silence) commit() {
	for _, f := range s.fields {
		f.all += f.page
		f.page = 0
	}
}

func (s *silence) forget() {
	for _, f := range s.fields {
		f.page = 0
	}
}

// tell warns of each field that came back empty.
func (s *silence) tell(warnf func(format string, args ...any)) {
	for _, f := range s.fields {
		switch {
		case f.all == 1:
			warnf("%s is null once, and the server gives no error for it: %s", f.path, f.why)
		case f.all > 1:
			warnf("%s is null %d times, and the server gives no error for it: %s", f.path, f.all, f.why)
		}
	}
}

var nullText = []byte("null")

func (s *silence) walk(b *quietBranch, value []byte) {
	if b == nil || !bytes.Contains(value, nullText) {
		return
	}
	s.text.Reset()
	s.text.Write(value)
	s.dec.Reset(&s.text, jsontext.AllowDuplicateNames(true))
	b.visit(&s.dec)
}

// visit reads one value. It never fails, because the text is JSON. For a list, a branch
// applies to each element.
func (b *quietBranch) visit(dec *jsontext.Decoder) {
	if b == nil {
		_ = dec.SkipValue()
		return
	}
	switch dec.PeekKind() {
	case 'n':
		if b.found != nil {
			b.found.page++
		}
		_ = dec.SkipValue()
	case '[':
		_, _ = dec.ReadToken()
		for kind := dec.PeekKind(); kind != ']' && kind != jsontext.KindInvalid; kind = dec.PeekKind() {
			b.visit(dec)
		}
		_, _ = dec.ReadToken()
	case '{':
		_, _ = dec.ReadToken()
		for dec.PeekKind() == '"' {
			name, err := dec.ReadToken()
			if err != nil {
				return
			}
			b.below[name.String()].visit(dec)
		}
		_, _ = dec.ReadToken()
	default:
		_ = dec.SkipValue()
	}
}
