// Package pattern holds regular expressions until they are needed. Some fifty
// of them are variables of packages, and compiling all was a tenth of what a
// short command did.
//
// It never takes an expression that isn't a constant: those are compiled where
// they are made, and their errors told.
package pattern

import (
	"regexp"
	"sync"
)

// New gives an expression that is compiled when it is first asked for. One that
// can't be compiled panics then; a test of the tree compiles all.
func New(expression string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(expression) })
}
