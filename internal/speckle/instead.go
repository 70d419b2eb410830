package speckle

import (
	"bytes"
	"cmp"
	"fmt"
	"html"
	"net/http"
	"strings"

	"speckle-runner/internal/pattern"
	"speckle-runner/internal/said"
	"speckle-runner/internal/speckle/split"
)

const ownAddress = "is the address that of a Speckle server, and not of a proxy or a login page?"

// instead says what came in place of JSON: its type, what it looks like, and its first words.
func instead(response *http.Response, media string, body []byte, words said.Words) *Error {
	e := &Error{Kind: NotSpeckle, Status: response.StatusCode, Message: "the answer is " + words.Line(media, MaxSaid) + ", not JSON",
		Hint: ownAddress}
	switch what, hint := looks(body, words); what {
	case "":
		e.Message += ", and empty"
	case "JSON":
		e.Message = fmt.Sprintf("the answer looks like JSON, and is labelled %s", words.Line(media, MaxSaid))
		e.Hint = "the server, or a proxy on the way, has to call it application/json; " + ownAddress
	default:
		e.Message += ": " + what
		if hint != "" {
			e.Hint = hint
		}
	}
	return e
}

// noObject says what came where the type is JSON and the text is no JSON object.
func noObject(status int, head []byte, words said.Words) *Error {
	e := &Error{Kind: BadAnswer, Status: status, Message: "the answer is labelled JSON and isn't whole JSON: ", Hint: ownAddress}
	what, hint := looks(head, words)
	switch {
	case what == "JSON" && head[0] == '[':
		e.Message = "the answer is a JSON list, where GraphQL gives an object: it begins " + firstWords(string(head), words)
	case what == "JSON":
		e.Message = "the answer is a JSON value, where GraphQL gives an object: it begins " + firstWords(string(head), words)
	default:
		e.Message += what
		if hint != "" {
			e.Hint = hint
		}
	}
	return e
}

var (
	unseen    = pattern.New(`(?is)<(script|style)[^>]*>.*?</(script|style)>|<!--.*?-->|<[^>]*>`)
	signIn    = pattern.New(`(?i)sign.?in|log.?in|password|single sign-on|sso`)
	plainJSON = pattern.New(`^(\{\s*["}]|\[|"|-?[0-9]|(null|true|false)\b)`)
)

// looks says what a text is, by how it begins: "" for an empty one, "JSON" for what may be
// JSON. hint says what to do; "": nothing special.
func looks(body []byte, words said.Words) (what, hint string) {
	text := bytes.TrimSpace(bytes.TrimPrefix(body, split.ByteOrderMark))
	lower := strings.ToLower(string(text[:min(len(text), 512)]))
	switch {
	case len(text) == 0:
		return "", ""
	case bytes.HasPrefix(text, []byte("\x1f\x8b")), bytes.HasPrefix(text, []byte("\x28\xb5\x2f\xfd")):
		return "it is compressed, and doesn't say so",
			"something on the way drops the Content-Encoding header: look at the proxy before the server"
	case strings.HasPrefix(lower, "<?xml"), strings.HasPrefix(lower, "<") && !strings.Contains(lower, "<!doctype html") &&
		!strings.Contains(lower, "<html") && !strings.Contains(lower, "<title"):
		return "it is XML that says " + firstWords(visible(text), words), "a storage service or a gateway answers so: " + ownAddress
	case strings.HasPrefix(lower, "<"):
		page := "it is a web page that says " + firstWords(visible(text), words)
		if signIn().Match(text) {
			return page, "this looks like a login page: let runner through without a login, or use the server's own address"
		}
		return page, ""
	case plainJSON().Match(text):
		return "JSON", ""
	}
	return "it begins " + firstWords(string(text), words), ""
}

// visible gives the text of a page that a person sees: its title, where it has one.
func visible(page []byte) string {
	text := cmp.Or(said.Title(string(page)), string(page))
	return html.UnescapeString(unseen().ReplaceAllString(text, " "))
}

// maxQuoted is how many characters of what came instead are quoted.
const maxQuoted = 80

// firstWords quotes the beginning of a server's text.
func firstWords(text string, words said.Words) string {
	return fmt.Sprintf("%q", words.Line(text, maxQuoted))
}
