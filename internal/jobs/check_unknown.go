package jobs

import (
	"strings"

	"speckle-runner/internal/jobs/spelling"
	"speckle-runner/internal/speckle/endpoint"
	"speckle-runner/internal/speckle/query"
)

// hostedDomain is where Speckle runs a server that is ahead of the open source
// one.
const hostedDomain = ".speckle.systems"

// isHosted reports whether a server may know more than the open source one. So
// may one that isn't known yet.
func isHosted(s endpoint.Server) bool {
	_, host, _ := strings.Cut(s.Origin(), "://")
	host, _, _ = strings.Cut(host, ":")
	return host == "" || strings.HasSuffix(host, hostedDomain)
}

// unknown warns of names that the open source schema doesn't have. On a server
// that is ahead of it only those that look misspelt are worth a word.
func (l *loader) unknown(a asking, names []query.Unknown) {
	for _, u := range names {
		hint := spelling.DidYouMean(u.Written, u.Known)
		if hint == "" && l.hosted {
			continue
		}
		if hint == "" {
			hint = "a server of another version may have it: validate --online asks yours"
		}
		l.inQuery(a, query.Problem{Line: u.Line, Col: u.Col, Message: u.Message, Hint: hint}, true)
	}
}
