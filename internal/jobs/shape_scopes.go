package jobs

import (
	"sync"

	"speckle-runner/internal/speckle/query"
)

// knownScopes are the names of all scopes of a token.
var knownScopes = sync.OnceValue(func() []string {
	var names []string
	for _, scope := range query.Scopes() {
		names = append(names, scope.Name)
	}
	return names
})
