package run

import (
	"encoding/json"
	"fmt"
)

// warnSameItems warns of items that are the same as an earlier one, as when the select
// of for_each gives a project once for each of its models: the export has the records of
// each. A repeated id in a list is dropped; an item has no id to know it by.
func (r *reader) warnSameItems() {
	seen, again := map[string]bool{}, 0
	for _, s := range r.in.items {
		key, err := json.Marshal(s.values)
		if err != nil || s.to.Since(s.from) == 0 {
			continue // it gave no records that could be there twice
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
