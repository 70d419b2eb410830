package secret

import (
	"io"
	"slices"
	"strings"
	"sync"
)

// minSecret is the shortest secret that is searched for: shorter ones would
// blank ordinary words in every log line.
const minSecret = 6

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
		if r.users[shape]++; r.users[shape] == 1 {
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

func longestFirst(a, b string) int {
	if len(a) != len(b) {
		return len(b) - len(a)
	}
	return strings.Compare(a, b)
}

// Text gives text without the registered secrets and without tokens.
func (r *Redactor) Text(text string) string {
	if r.of != nil {
		return r.of.Text(text)
	}
	r.mu.RLock()
	defer r.mu.RUnlock()
	for _, shape := range r.shapes {
		if strings.Contains(text, shape) {
			text = strings.ReplaceAll(text, shape, Redacted)
		}
	}
	return Mask(r.withoutHalves(text))
}

// Longest is the length of the longest text that is looked for: a text that
// was cut may end with as much of it.
func (r *Redactor) Longest() int {
	if r.of != nil {
		return r.of.Longest()
	}
	r.mu.RLock()
	defer r.mu.RUnlock()
	if len(r.shapes) == 0 {
		return 0
	}
	return len(r.shapes[0])
}

// Writer gives a writer that redacts each Write before w sees it. Log writers
// hand over one whole line a Write, so no secret is split.
func (r *Redactor) Writer(w io.Writer) io.Writer { return redactingWriter{r, w} }

type redactingWriter struct {
	redactor *Redactor
	next     io.Writer
}

func (w redactingWriter) Write(p []byte) (int, error) {
	if _, err := io.WriteString(w.next, w.redactor.Text(string(p))); err != nil {
		return 0, err
	}
	return len(p), nil
}
