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

// verdict is what an answer means. The zero verdict is a yes.
type verdict struct {
	no    bool
	final bool          // of a no: trying again would end the same way
	after time.Duration // of a no: what the receiver asked for
	doubt string        // of a yes by its status alone: why it may be none
}

func refused(final bool) verdict { return verdict{no: true, final: final} }

// judge reads an answer by the rules of the service that gave it; "" is one
// that isn't known.
func judge(service string, r reply) verdict {
	switch {
	case r.text == "":
		return verdict{} // the status is the answer
	case r.page:
		return verdict{doubt: "the answer wasn't understood: it is a web page, as a login or a proxy shows it: " + r.title()}
	}
	for _, p := range presets() {
		if p.name == service {
			v := p.answer(r)
			if v.doubt != "" {
				v.doubt = "the answer wasn't understood: " + v.doubt
			}
			return v
		}
	}
	return anyAnswer(r)
}

// anyAnswer reads the answer of a receiver that isn't known: a status of
// success is a yes. What speaks against it is told, and nothing is sent twice.
func anyAnswer(r reply) verdict {
	for _, key := range []string{"ok", "success"} {
		if value, given := r.says(key); given && !value {
			return verdict{doubt: "the answer says that it failed: " + r.text}
		}
	}
	if failed := healthchecksNo().MatchString(r.text); failed || strings.EqualFold(r.word("status"), "error") {
		return verdict{doubt: "the answer says that it failed: " + r.text}
	}
	return verdict{}
}

// healthchecksNo is how healthchecks.io tells, with a 200, of a ping that
// didn't count.
var healthchecksNo = pattern.New(`(?i)^ok \((not found|rate limited)\)$`)

func (r reply) title() string {
	if title := said.Title(r.text); title != "" {
		return html.UnescapeString(title)
	}
	return r.text
}

// serviceHosts are receivers that are known by their address, where the job
// makes the body itself.
var serviceHosts = map[string]string{"hooks.slack.com": "slack", "discord.com": "discord", "discordapp.com": "discord"}

// service names the service that answers: the preset's, else the host's.
func (w *Hook) service(host string) string {
	switch {
	case w.Preset != "":
		return w.Preset
	case strings.HasSuffix(host, ".webhook.office.com"):
		return "teams"
	}
	return serviceHosts[host]
}

// among reports whether a word is one of a list of words.
func among(word, list string) bool { return slices.Contains(strings.Fields(list), word) }
