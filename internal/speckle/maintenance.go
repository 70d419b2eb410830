package speckle

import (
	"html"
	"net/http"
	"strings"

	"speckle-runner/internal/pattern"
	"speckle-runner/internal/said"
)

var (
	headings  = pattern.New(`(?is)<(?:title|h1)[^>]*>(.*?)</(?:title|h1)>`)
	anyTag    = pattern.New(`(?s)<[^>]*>`)
	awayWords = pattern.New(`(?i)\b(maintenance|upgrad(e|ing)|updating|be (right )?back|(temporarily )?unavailable|out of service|starting up|restarting|bad gateway)\b`)
)

// awayPage gives what a page says that a proxy shows while the server is away, which may
// come with status 200; "": it is another page, such as a login.
func awayPage(h http.Header, body []byte, words said.Words) string {
	for _, found := range headings().FindAllSubmatch(body, 10) {
		text := strings.TrimSpace(html.UnescapeString(anyTag().ReplaceAllString(string(found[1]), " ")))
		if awayWords().MatchString(text) {
			return words.Line(text, MaxSaid)
		}
	}
	if h.Get("Retry-After") != "" {
		return "come back later"
	}
	return ""
}
