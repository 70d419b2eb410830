package web

import "time"

// Preflight is what was last asked about a job's token, outside of any run.
type Preflight struct {
	CheckedAt time.Time  `json:"checked_at"`
	OK        bool       `json:"ok"`         // the server takes the token
	Error     string     `json:"error"`      // why it doesn't, or why nobody knows; "" otherwise
	ExpiresAt *time.Time `json:"expires_at"` // null: never, or the token may not say

	// Unasked: the server couldn't be asked, which says nothing of the token.
	Unasked bool     `json:"-"`
	ID      string   `json:"-"` // the public one; "" while none was read
	Owner   string   `json:"-"` // as the server names them
	Listed  bool     `json:"-"` // its scopes are known
	Scopes  []string `json:"-"`
}
