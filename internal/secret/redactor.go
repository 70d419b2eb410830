package secret

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/url"
	"slices"
	"strings"
	"sync"
)

// minSecret is the shortest secret that is searched for: shorter ones would
// blank ordinary words in every log line.
const minSecret = 6

// Redactor replaces registered secrets, in the shapes that they take on their
// way through software, and everything that looks like a Speckle token. It is
// safe for use by several goroutines.
type Redactor struct {
	mu     sync.RWMutex
	shapes []string
}

// Add registers a secret. A short or empty one is ignored.
func (r *Redactor) Add(v Value) {
	if len(v.text) < minSecret {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, shape := range shapesOf(v.text) {
		if !slices.Contains(r.shapes, shape) {
			r.shapes = append(r.shapes, shape)
		}
	}
	// The longest first: a shape may hold another.
	slices.SortFunc(r.shapes, func(a, b string) int { return len(b) - len(a) })
}

// Text gives text without the registered secrets and without tokens.
func (r *Redactor) Text(text string) string {
	r.mu.RLock()
	defer r.mu.RUnlock()
	for _, shape := range r.shapes {
		if strings.Contains(text, shape) {
			text = strings.ReplaceAll(text, shape, Redacted)
		}
	}
	return Mask(text)
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

func shapesOf(text string) []string {
	quoted, _ := json.Marshal(text) // a string always encodes
	shapes := []string{
		text,
		strings.Trim(string(quoted), `"`),
		url.QueryEscape(text),
		url.PathEscape(text),
		hex.EncodeToString([]byte(text)),
	}
	// Inside a longer text, base64 has three alignments; the middle part of
	// each is the same whatever surrounds it.
	for shift := range 3 {
		padded := base64.RawStdEncoding.EncodeToString([]byte(strings.Repeat("\x00", shift) + text))
		middle := padded[(shift*8+5)/6 : len(padded)-1]
		if len(middle) >= minSecret {
			shapes = append(shapes, middle, strings.NewReplacer("+", "-", "/", "_").Replace(middle))
		}
	}
	return shapes
}
