package run

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"speckle-runner/internal/speckle"
)

// maxUnsent is how many of a dry run's mutations are shown.
const maxUnsent = 5

// unsent is the source that a mutation is in a dry run: what it changes nobody
// takes back, so it is shown and not sent. It gives no record, and is safe for
// use by several goroutines.
type unsent struct {
	asked

	mu    sync.Mutex
	sent  int // what a run would send
	shown []string
}

// count is how many mutations there are; of none at all it is 0, too.
func (u *unsent) count() int {
	if u == nil {
		return 0
	}
	return u.sent
}

func (u *unsent) read(_ context.Context, list *reading) (speckle.Stats, error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.sent++
	if len(u.shown) < maxUnsent {
		u.shown = append(u.shown, u.show(list))
	}
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
