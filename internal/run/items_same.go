package run

import (
	"encoding/json"
	"fmt"
)

// sameItems warns of items that asked for what one before them asked for: select of
// for_each names a project for each of its models, and its records are there as
// often. Of a list, a repeated id is dropped; an item has none.
func (r *reader) sameItems() {
	seen, again := map[string]bool{}, 0
	for _, s := range r.in.items {
		key, err := json.Marshal(s.values)
		if err != nil || s.to.Since(s.from) == 0 {
			continue // nothing came twice
		}
		if seen[string(key)] {
			again++
		}
		seen[string(key)] = true
	}
	if again > 0 {
		r.warn(fmt.Sprintf("for_each: of %d items, %d are the same as one before them: their records are there again", len(r.in.items), again))
	}
}
