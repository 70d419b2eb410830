package run

import (
	"fmt"
	"strconv"

	"speckle-runner/internal/said"
)

const (
	maxItemWarnings = 20 // different ones; room stays for those of the run itself
	maxItemRanges   = 10 // of items, in one warning
)

// itemWarnings are what the items of a for_each warn of. Items that warn of the same are
// named together.
type itemWarnings struct {
	texts []string // in the order of their first items
	items map[string][]itemRange
	more  int // of further texts, which only the log has
}

// itemRange is items from a first to a last, by their numbers.
type itemRange struct{ first, last int }

// add notes what an item warns of; items come in their order. false: it is one too many.
func (w *itemWarnings) add(number int, text string) bool {
	ranges, known := w.items[text]
	switch {
	case !known && len(w.texts) == maxItemWarnings:
		w.more++
		return false
	case !known:
		w.texts = append(w.texts, text)
	case ranges[len(ranges)-1].last == number-1:
		ranges[len(ranges)-1].last = number
		return true
	}
	if w.items == nil {
		w.items = map[string][]itemRange{}
	}
	w.items[text] = append(ranges, itemRange{number, number})
	return true
}

// all gives a line for each text.
func (w *itemWarnings) all() []string {
	lines := make([]string, 0, len(w.texts)+1)
	for _, text := range w.texts {
		lines = append(lines, namedItems(w.items[text])+": "+text)
	}
	if w.more > 0 {
		lines = append(lines, fmt.Sprintf("items have %d more warnings: the run's log has them", w.more))
	}
	return lines
}

// namedItems is "item 3", "items 1 to 8 and 10", or "items 1, 3, 5 and 40 more".
func namedItems(ranges []itemRange) string {
	if len(ranges) == 1 && ranges[0].first == ranges[0].last {
		return "item " + strconv.Itoa(ranges[0].first)
	}
	named, more := ranges[:min(len(ranges), maxItemRanges)], 0
	for _, r := range ranges[len(named):] {
		more += r.last - r.first + 1
	}
	words := make([]string, 0, len(named)+1)
	for _, r := range named {
		first, last := strconv.Itoa(r.first), strconv.Itoa(r.last)
		switch r.last - r.first {
		case 0:
			words = append(words, first)
		case 1:
			words = append(words, first, last)
		default:
			words = append(words, first+" to "+last)
		}
	}
	if more > 0 {
		words = append(words, strconv.Itoa(more)+" more")
	}
	return "items " + said.Both(words)
}
