package jobs

import (
	"net/url"
	"strings"

	"speckle-runner/internal/jobs/document"
	"speckle-runner/internal/jobs/spelling"
)

// server finds a job's server: its own, its defaults' or that at top level.
func (l *loader) server(n named, out *Job) {
	given := n.job.Server
	if !given.given() {
		given = l.top.Server
	}
	if !given.given() {
		if !l.top.At.node.Has("server") && !n.job.At.node.Has("server") {
			l.problem(n.place, document.Problem{Message: "no server is named for this job",
				Hint: "write server: https://app.speckle.systems at the top of the file"})
		}
		return
	}
	if page := pageOf(given.value); page != "" {
		l.problem(given.at, document.Problem{Message: "this is the address of a page, not of a server", Hint: spelling.DidYouMean(page, []string{page})})
		return
	}
	parsed := l.shared.server(given.value, n.job.AllowHTTP.value)
	if parsed.err == nil {
		out.Server = parsed.server
		return
	}
	p := document.Problem{Message: parsed.err.Error()}
	u, err := url.Parse(given.value)
	switch {
	case err != nil || u.User != nil || strings.Contains(given.value, "@"):
		l.hidden(given.at, p)
		return
	case !strings.Contains(given.value, "://") && strings.Contains(given.value, ".") && !strings.Contains(given.value, " "):
		p.Hint = "did you mean https://" + given.value + "?"
	}
	l.problem(given.at, p)
}

// pageOf gives the server of an address copied from the browser, or "".
func pageOf(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.User != nil {
		return ""
	}
	for _, page := range []string{"/projects", "/streams", "/workspaces", "/settings", "/authn", "/explorer"} {
		if u.Path == page || strings.HasPrefix(u.Path, page+"/") {
			return u.Scheme + "://" + u.Host
		}
	}
	return ""
}
