package run

import (
	"context"
	"slices"

	"speckle-runner/internal/speckle/batch"
)

// itemQueue brings items from the list to their readers, the first ones while the list
// is still being read. One goroutine gives them, another takes them.
type itemQueue struct {
	most  int // how many may be given before the list has ended
	given []item
	sent  chan sentItems

	left  []item // came, and weren't taken yet
	whole bool   // no more will come
}

type sentItems struct {
	items []item
	last  bool
}

// newItemQueue makes a queue with room enough that the giver never waits.
func newItemQueue(most int) *itemQueue {
	return &itemQueue{most: most, sent: make(chan sentItems, most+1)}
}

// giveFirst gives those of a list's first items that it hasn't given yet. An item that
// can't be read is an error only once the list has ended.
func (q *itemQueue) giveFirst(first func(most int) ([]item, error)) {
	if len(q.given) == q.most {
		return
	}
	items, err := first(q.most)
	if err != nil || len(items) == len(q.given) {
		return
	}
	q.sent <- sentItems{items: items[len(q.given):]}
	q.given = items
}

// giveRest gives the rest of the ended list. Where reading again put new items between
// those that were given, all from there on are given once more.
func (q *itemQueue) giveRest(items []item) {
	same := 0
	for same < min(len(q.given), len(items)) && q.given[same].is(items[same]) {
		same++
	}
	q.sent <- sentItems{items[same:], true}
}

// wait waits until the items of a full request have come, or the last ones. False: no
// item is left.
func (q *itemQueue) wait(ctx context.Context, group *batch.Group) bool {
	for !q.whole && len(q.left) < group.Full() {
		select {
		case more := <-q.sent:
			q.left, q.whole = slices.Concat(q.left, more.items), more.last
		case <-ctx.Done():
			return false
		}
	}
	return len(q.left) > 0
}

// take gives the items of the next request: a full one while more will come, else what
// the group makes of the rest.
func (q *itemQueue) take(group *batch.Group) []item {
	size := min(group.Full(), len(q.left))
	if q.whole {
		size = group.Size(len(q.left))
	}
	taken := q.left[:size]
	q.left = q.left[size:]
	return taken
}
