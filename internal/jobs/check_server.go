package jobs

import (
	"net/url"
	"strings"

	"speckle-runner/internal/jobs/document"
	"speckle-runner/internal/jobs/placeholder"
	"speckle-runner/internal/jobs/shape"
	"speckle-runner/internal/jobs/spelling"
	"speckle-runner/internal/pattern"
)

// server finds a job's server: its own, its defaults' or that at top level.
func (l *loader) server(n shape.NamedJob, out *Job) {
	given := n.Job.Server
	if !given.Given() {
		given = l.top.Server
	}
	if !given.Given() {
		if !l.top.At.Node.Has("server") && !n.Job.At.Node.Has("server") {
			l.Problem(n.Place, document.Problem{Message: "no server is named for this job",
				Hint: "write server: https://app.speckle.systems at the top of the file"})
		}
		return
	}
	if page := pageOf(given.Value); page != "" {
		l.Problem(given.At, document.Problem{Message: "this is the address of a page, not of a server",
			Hint: spelling.DidYouMean(page, []string{page})})
		return
	}
	parsed := l.shared.server(given.Value, n.Job.AllowHTTP.Value)
	if parsed.err == nil {
		out.Server = parsed.server
		return
	}
	p := document.Problem{Message: parsed.err.Error()}
	if strings.Contains(given.Value, "$") {
		p.Hint = placeholder.NotExpanded
	}
	u, err := url.Parse(given.Value)
	near := nearAddress().FindStringSubmatch(given.Value)
	switch {
	case near != nil:
		p.Hint = "did you mean https://" + near[1] + "?"
	case err != nil || u.User != nil || strings.Contains(given.Value, "@"):
		l.Hidden(given.At, p)
		return
	}
	l.Problem(given.At, p)
}

// nearAddress finds what is an address but for its scheme, its slashes or a space at an end.
var nearAddress = pattern.New(`^ *(?:[hH][a-zA-Z]*:/{1,3}|[hH]ttps?//)?([A-Za-z0-9][A-Za-z0-9-]*(?:\.[A-Za-z0-9-]+)+(?::[0-9]+)?(?:/[A-Za-z0-9/._-]*)?) *$`)

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
