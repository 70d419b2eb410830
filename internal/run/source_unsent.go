package run

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"speckle-runner/internal/speckle"
)

// unsent is the source that a mutation is in a dry run: what it changes nobody
// takes back, so it is shown and not sent. It gives no record, and is safe for
// use by several goroutines.
type unsent struct {
	asked
	withheld
}

func (u *unsent) read(_ context.Context, list *reading) (speckle.Stats, error) {
	u.withhold(func() string { return u.show(list) })
	return speckle.Stats{Total: -1}, nil
}

func (u *unsent) show(list *reading) string {
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
