package webhook

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"speckle-runner/internal/said"
	"speckle-runner/internal/secret"
)

// maxShown is how many characters of a receiver's answer get into an error.
const maxShown = 300

// Error says why a message wasn't delivered.
type Error struct {
	Host       string        // of the receiver; never more of its address
	Status     int           // of the answer, 0 without one
	Final      bool          // trying again would end the same way
	RetryAfter time.Duration // what the receiver asked for
	SaidNo     bool          // the status is one of success, the answer says otherwise
	Response   string        // start of the answer, secrets masked
	Err        error         // without an answer: why
}

// Error names the host, what it answered and what that means.
func (e *Error) Error() string {
	var text strings.Builder
	text.WriteString("webhook")
	if e.Host != "" {
		text.WriteString(" " + e.Host)
	}
	switch {
	case e.Err != nil:
		fmt.Fprintf(&text, ": %s", e.Err)
	case e.Status >= 300 && e.Status < 400:
		fmt.Fprintf(&text, ": answered %s; redirects are not followed, give the address it points to", status(e.Status))
	case e.SaidNo:
		fmt.Fprintf(&text, ": answered %s, and says that it failed", status(e.Status))
	default:
		fmt.Fprintf(&text, ": answered %s", status(e.Status))
	}
	if e.Response != "" {
		fmt.Fprintf(&text, ": %s", e.Response)
	}
	return text.String()
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }

func status(code int) string {
	return strings.TrimSpace(fmt.Sprintf("%d %s", code, http.StatusText(code)))
}

// readable makes one short line of a text that came from elsewhere. Receivers
// like to quote the path they were called at, and some the headers.
func (w *Hook) readable(target *url.URL, raw []byte) string {
	return said.With(w.redactor(target), w.Redactor).Line(string(raw), maxShown)
}

// minSecretPart is the length from which a single part of an address is
// taken for a secret; shorter ones are words such as "services".
const minSecretPart = 16

func (w *Hook) redactor(target *url.URL) *secret.Redactor {
	r := &secret.Redactor{}
	add := func(text string) { r.Add(secret.New(text)) }
	r.Add(w.URL)
	r.Add(w.Secret)
	for _, value := range w.Headers {
		r.Add(value)
		if _, credentials, found := strings.Cut(value.Reveal(), " "); found {
			add(credentials) // of "Bearer …"
		}
	}
	add(target.RequestURI())
	add(target.Path)
	add(target.RawQuery)
	if password, set := target.User.Password(); set {
		add(password)
	}
	r.AddUser(target)
	for part := range strings.SplitSeq(target.Path, "/") {
		if len(part) >= minSecretPart {
			add(part)
		}
	}
	for _, values := range target.Query() {
		for _, value := range values {
			add(value)
		}
	}
	return r
}
