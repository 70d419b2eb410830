package run

import (
	"context"
	"slices"

	"speckle-runner/internal/speckle/batch"
)

// itemsWay is the way of items from the list to their readers. The first ones come
// while the list is still being read. One goroutine gives them, another takes them.
type itemsWay struct {
	most  int // so many are given before the list has ended
	given []item
	sent  chan sentItems

	left  []item // that have come and aren't taken
	whole bool   // no more come
}

type sentItems struct {
	items []item
	last  bool
}

// newItemsWay makes one that whoever gives items never has to wait at.
func newItemsWay(most int) *itemsWay {
	return &itemsWay{most: most, sent: make(chan sentItems, most+1)}
}

// begin gives what is new of a list's first items. What is wrong with one is said
// when the list has ended.
func (w *itemsWay) begin(first func(most int) ([]item, error)) {
	if len(w.given) == w.most {
		return
	}
	items, err := first(w.most)
	if err != nil || len(items) == len(w.given) {
		return
	}
	w.sent <- sentItems{items: items[len(w.given):]}
	w.given = items
}

// end gives the rest of the list: where it got items between those that were given,
// all behind them, once more.
func (w *itemsWay) end(items []item) {
	same := 0
	for same < min(len(w.given), len(items)) && w.given[same].is(items[same]) {
		same++
	}
	w.sent <- sentItems{items[same:], true}
}

// wait returns when a full request's items have come, or all that do. False: there
// is none.
func (w *itemsWay) wait(ctx context.Context, group *batch.Group) bool {
	for !w.whole && len(w.left) < group.Full() {
		select {
		case more := <-w.sent:
			w.left, w.whole = slices.Concat(w.left, more.items), more.last
		case <-ctx.Done():
			return false
		}
	}
	return len(w.left) > 0
}

// take gives the items of the next request: a full one, while more come.
func (w *itemsWay) take(group *batch.Group) []item {
	size := min(group.Full(), len(w.left))
	if w.whole {
		size = group.Size(len(w.left))
	}
	taken := w.left[:size]
	w.left = w.left[size:]
	return taken
}
