package speckle

import (
	"fmt"
	"strings"

	"speckle-runner/internal/speckle/query"
)

// mended counts characters that were no Unicode and became U+FFFD: bytes that are no UTF-8,
// and halves of surrogate pairs, as where a text was cut inside an emoji. One of them isn't
// to fail an export.
type mended struct{ page, all mends }

// mends is what was found in the page under way, or in all pages that count.
type mends struct {
	characters int
	first      string // where
}

func (m *mends) add(characters int, where string) {
	if m.characters == 0 {
		m.first = where
	}
	m.characters += characters
}

// record counts those of a record that is delivered.
func (m *mended) record(x *call, page int) {
	switch {
	case x.broken == 0:
	case x.plan.All:
		m.page.add(x.broken, "the answer")
	default:
		m.page.add(x.broken, fmt.Sprintf("record %d of page %d", x.items, page))
	}
}

// commit makes what was found in a page stand. What is beside the records
// comes with every page, so it is counted once.
func (m *mended) commit(x *call, page int) {
	if x.beside > 0 && page == 1 {
		m.page.add(x.beside, "the data beside the records")
	}
	if m.page.characters > 0 {
		m.all.add(m.page.characters, m.page.first)
	}
	m.page = mends{}
}

// tell warns of them.
func (m *mended) tell(q *query.Query, warnf func(format string, args ...any)) {
	const why = "the server sent text that was cut inside a character, or isn't UTF-8"
	of := ""
	if p := q.Paging; p != nil {
		of = strings.Join(p.Path, ".") + ": "
	}
	switch n := m.all.characters; {
	case n == 1:
		warnf("%s1 broken character is written as U+FFFD, in %s: %s", of, m.all.first, why)
	case n > 1:
		warnf("%s%d broken characters are written as U+FFFD, the first in %s: %s", of, n, m.all.first, why)
	}
}
