// Package secret holds the values that must never be printed: tokens, webhook
// secrets and secret addresses. It finds where they come from, carries them in
// a type that prints "[redacted]", and masks them in text that comes from
// elsewhere. It never stores a value and never sends one anywhere.
package secret

import (
	"encoding/json"
	"fmt"
)

// Redacted is what a secret prints as.
const Redacted = "[redacted]"

// Value is a secret string. Every way of printing or encoding it gives
// Redacted; only Reveal gives the text, so that a leak is a greppable call.
type Value struct{ text string }

// New wraps text.
func New(text string) Value { return Value{text: text} }

// Reveal gives the secret itself. Call it where the secret leaves for its own
// destination and nowhere else.
func (v Value) Reveal() string { return v.text }

// IsZero reports whether there is no secret.
func (v Value) IsZero() bool { return v.text == "" }

// String gives Redacted, or "" for no secret.
func (v Value) String() string {
	if v.text == "" {
		return ""
	}
	return Redacted
}

// Format prints Redacted whatever the verb: %+v and %#v reach private fields.
func (v Value) Format(s fmt.State, _ rune) { fmt.Fprint(s, v.String()) }

// GoString gives Redacted.
func (v Value) GoString() string { return v.String() }

// MarshalText gives Redacted, for every encoder that asks for text.
func (v Value) MarshalText() ([]byte, error) { return []byte(v.String()), nil }

// MarshalJSON gives Redacted as a JSON string.
func (v Value) MarshalJSON() ([]byte, error) { return json.Marshal(v.String()) }
