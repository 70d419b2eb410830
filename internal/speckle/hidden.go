package speckle

import (
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// hiddenField is where Speckle says how many records it counts and doesn't
// give, because the token's owner has no valid single sign-on.
const hiddenField = "numberOfHidden"

// hidden notes what a page says of it; the last page counts, as for totalCount.
func (rd *reading) hidden(value jsontext.Value) {
	if n, is := countOf(value); is {
		rd.stats.Hidden = n
	}
}

func (rd *reading) warnHidden(path string, hidden int64) {
	switch {
	case hidden == 1:
		rd.warnf("%s: 1 is hidden from this token (single sign-on): its owner has to sign in to the workspace again", path)
	case hidden > 1:
		rd.warnf("%s: %d are hidden from this token (single sign-on): its owner has to sign in to the workspace again", path, hidden)
	}
}

// hides reports whether the paged field could say how many records it hides,
// and isn't asked.
func (p *Paging) hides() bool {
	parent, field, known := strings.Cut(p.Field, ".")
	if !known || p.HiddenKey != "" {
		return false
	}
	collection, _ := fieldType(parent, field)
	_, has := typeFacts(collection)[hiddenField]
	return has
}
