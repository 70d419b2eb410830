package history

import "errors"

// ErrNotFound says that the ledger has no such run.
var ErrNotFound = errors.New("no such run")
