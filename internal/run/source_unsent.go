package run

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"speckle-runner/internal/speckle"
)

// unsentMutation is the source in a dry run of a mutation: it shows what would be sent,
// and gives no record. It is safe for use by several goroutines.
type unsentMutation struct {
	querySource
	withheld
}

func (u *unsentMutation) read(_ context.Context, list *reading) (speckle.Stats, error) {
	u.withhold(func() string { return u.show(list) })
	return speckle.Stats{Total: -1}, nil
}

func (u *unsentMutation) show(list *reading) string {
	var text strings.Builder
	fmt.Fprintf(&text, "%s {", strings.TrimSpace("mutation "+u.Name))
	for i, name := range slices.Sorted(maps.Keys(list.variables)) {
		if i > 0 {
			text.WriteString(", ")
		}
		fmt.Fprintf(&text, "%q: %s", name, list.variables[name])
	}
	text.WriteByte('}')
	return u.reader.words().Line(text.String(), shownMessage)
}
