package secret

import (
	"slices"
	"sync"
)

// Redactor replaces registered secrets, in the shapes that they take on their
// way through software, and everything that looks like a Speckle token. It is
// safe for use by several goroutines. The zero value is ready.
type Redactor struct {
	mu     sync.RWMutex
	shapes []string       // the longest first: a shape may hold another
	users  map[string]int // of each shape

	of *Redactor // that this one was lent from
}

// Lend gives a redactor for a while, such as that of a run: it shares all
// that r knows, and what is added to it is left out by r, too, until the
// function is called. Then r forgets it.
func (r *Redactor) Lend() (lent *Redactor, done func()) {
	root := r
	if r.of != nil {
		root = r.of
	}
	lent = &Redactor{of: root}
	return lent, sync.OnceFunc(func() {
		lent.mu.Lock()
		defer lent.mu.Unlock()
		root.forget(lent.shapes)
		lent.shapes = nil
	})
}

// Add registers a secret. A short or empty one is ignored.
func (r *Redactor) Add(v Value) {
	if len(v.text) < minSecret {
		return
	}
	shapes := shapesOf(v.text)
	if r.of == nil {
		r.learn(shapes)
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.shapes = append(r.shapes, shapes...)
	r.of.learn(shapes)
}

func (r *Redactor) learn(shapes []string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.users == nil {
		r.users = map[string]int{}
	}
	for _, shape := range shapes {
		r.users[shape]++
		if r.users[shape] == 1 {
			at, _ := slices.BinarySearchFunc(r.shapes, shape, longestFirst)
			r.shapes = slices.Insert(r.shapes, at, shape)
		}
	}
}

func (r *Redactor) forget(shapes []string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, shape := range shapes {
		if r.users[shape]--; r.users[shape] > 0 {
			continue
		}
		delete(r.users, shape)
		if at, found := slices.BinarySearchFunc(r.shapes, shape, longestFirst); found {
			r.shapes = slices.Delete(r.shapes, at, at+1)
		}
	}
}
