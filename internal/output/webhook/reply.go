package webhook

import (
	"encoding/json"
	"html"
	"net/http"
	"slices"
	"strings"
	"time"

	"speckle-runner/internal/pattern"
	"speckle-runner/internal/said"
)

// reply is an answer with a status of success. Services say no in such, too.
type reply struct {
	text   string                     // without space around it
	fields map[string]json.RawMessage // of a JSON object, nil for anything else
	page   bool                       // HTML that a person would be shown
}

func newReply(header http.Header, body []byte) reply {
	r := reply{text: strings.TrimSpace(string(body))}
	if json.Unmarshal(body, &r.fields) != nil {
		r.fields = nil
	}
	r.page = isPage(header.Get("Content-Type"), r.text)
	return r
}

var (
	pageStart = pattern.New(`(?i)^(<\?xml[^>]*>\s*)?(<!--.*?-->\s*)*<(!doctype html|html|head|body)\b`)
	pagePart  = pattern.New(`(?i)<(html|body|form|title)\b`)
)

// isPage tells a web page from a word that is only labelled as one: some
// frameworks say text/html of a plain "OK".
func isPage(kind, text string) bool {
	return pageStart().MatchString(text) || strings.HasPrefix(kind, "text/html") && pagePart().MatchString(text)
}

// says gives the value of a key that is true or false.
func (r reply) says(key string) (value, given bool) {
	given = r.fields[key] != nil && json.Unmarshal(r.fields[key], &value) == nil && string(r.fields[key]) != "null"
	return value, given
}

// word gives the value of a key that is a text.
func (r reply) word(key string) string {
	var text string
	_ = json.Unmarshal(r.fields[key], &text) // another kind of value is no word
	return text
}

// number gives the value of a key that is a number.
func (r reply) number(key string) (value float64, given bool) {
	given = r.fields[key] != nil && json.Unmarshal(r.fields[key], &value) == nil && string(r.fields[key]) != "null"
	return value, given
}

// retryAfter gives the seconds that a body asks to wait, as Discord's does.
func (r reply) retryAfter() time.Duration {
	seconds, _ := r.number("retry_after")
	return time.Duration(min(max(seconds, 0), maxRetryAfter.Seconds()) * float64(time.Second))
}

// maxRetryAfter bounds what a receiver may ask for.
const maxRetryAfter = 24 * time.Hour

func (r reply) title() string {
	if title := said.Title(r.text); title != "" {
		return html.UnescapeString(title)
	}
	return r.text
}

// verdict is what an answer means. The zero verdict is a yes.
type verdict struct {
	no    bool
	final bool          // of a no: trying again would end the same way
	after time.Duration // of a no: what the receiver asked for
	doubt string        // of a yes by its status alone: why it may be none
}

func refused(final bool) verdict { return verdict{no: true, final: final} }

// final reports whether another attempt would end the same way.
func final(status int) bool {
	switch status {
	case http.StatusRequestTimeout, http.StatusTooEarly, http.StatusTooManyRequests:
		return false
	default:
		return status >= 300 && status < 500
	}
}

// among reports whether a word is one of a list of words.
func among(word, list string) bool { return slices.Contains(strings.Fields(list), word) }
