package run

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"speckle-runner/internal/said"
)

// maxUnsent is how many of a dry run's mutations are shown.
const maxUnsent = 5

// unsent are the mutations of a dry run: what they change nobody takes back, so
// they are shown and not sent. It is safe for use by several goroutines.
type unsent struct {
	mu    sync.Mutex
	count int
	shown []string
}

func (u *unsent) add(words said.Words, r reading) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.count++; len(u.shown) == maxUnsent {
		return
	}
	var text strings.Builder
	fmt.Fprintf(&text, "%s {", strings.TrimSpace("mutation "+r.query.Name))
	for i, name := range slices.Sorted(maps.Keys(r.variables)) {
		if i > 0 {
			text.WriteString(", ")
		}
		fmt.Fprintf(&text, "%q: %s", name, r.variables[name])
	}
	text.WriteByte('}')
	u.shown = append(u.shown, words.Line(text.String(), shownMessage))
}
