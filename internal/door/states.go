package door

import (
	"slices"
	"strings"

	"speckle-runner/internal/store"
)

// States gives the states that words name.
func States(words []string) ([]store.State, error) {
	var wanted []store.State
	for _, word := range words {
		state := store.State(strings.ToLower(strings.TrimSpace(word)))
		if !slices.Contains(store.States(), state) {
			known := make([]string, len(store.States()))
			for i, one := range store.States() {
				known[i] = string(one)
			}
			return nil, wordsf("--state %q: want one of %s", word, strings.Join(known, ", "))
		}
		wanted = append(wanted, state)
	}
	return wanted, nil
}
