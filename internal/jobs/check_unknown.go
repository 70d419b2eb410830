package jobs

import (
	"speckle-runner/internal/jobs/spelling"
	"speckle-runner/internal/speckle/query"
)

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
