package shape

import (
	"sync"

	"speckle-runner/internal/speckle/query"
)

// KnownScopes are the names of all scopes of a token.
var KnownScopes = sync.OnceValue(func() []string {
	var names []string
	for _, scope := range query.Scopes() {
		names = append(names, scope.Name)
	}
	return names
})
