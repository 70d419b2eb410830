package fake

import (
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"time"
)

// dice make up ids, numbers and times. The same seed and label throw the same.
type dice struct {
	*rand.Rand
	now  time.Time
	seen map[int64]bool
}

func newDice(seed uint64, label string, now time.Time) *dice {
	h := fnv.New64a()
	_, _ = h.Write([]byte(label))                                                                // never fails
	return &dice{Rand: rand.New(rand.NewPCG(seed, h.Sum64())), now: now, seen: map[int64]bool{}} //nolint:gosec // alike for a seed
}

// id is that of a project, a model or a version.
func (d *dice) id() string { return fmt.Sprintf("%010x", d.Uint64()&0xff_ffff_ffff) }

// objectID is that of an object.
func (d *dice) objectID() string { return fmt.Sprintf("%016x%016x", d.Uint64(), d.Uint64()) }

func pick[T any](d *dice, from []T) T { return from[d.IntN(len(from))] }

// ago is a time so many days back, give or take, which these dice have not
// given before: rows that share a millisecond are a fault, not the rule.
func (d *dice) ago(days, spread float64) time.Time {
	back := time.Duration((days + spread*d.Float64()) * 24 * float64(time.Hour))
	return d.unused(d.now.Add(-back))
}

func (d *dice) unused(t time.Time) time.Time {
	t = t.UTC().Truncate(time.Millisecond)
	for d.seen[t.UnixMilli()] {
		t = t.Add(-time.Millisecond)
	}
	d.seen[t.UnixMilli()] = true
	return t
}
