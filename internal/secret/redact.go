package secret

import (
	"io"
	"strings"
)

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
