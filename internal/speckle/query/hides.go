package query

import (
	"strings"
)

// hiddenField is where Speckle says how many records it counts and doesn't
// give, because the token's owner has no valid single sign-on.
const hiddenField = "numberOfHidden"

// Hides reports whether the paged field could say how many records it hides,
// and isn't asked.
func (p *Paging) Hides() bool {
	parent, field, known := strings.Cut(p.Field, ".")
	if !known || p.HiddenKey != "" {
		return false
	}
	collection, _ := fieldType(parent, field)
	_, has := typeFacts(collection)[hiddenField]
	return has
}
