//go:build nocloud || demo

package blob

import "speckle-runner/internal/secret"

// openers is empty: this build has no cloud's client in it.
var openers map[string]opener

// Secrets gives none.
func Secrets() []secret.Value { return nil }
