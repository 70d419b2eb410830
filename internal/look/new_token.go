package look

import "strings"

// Tick says which boxes of Speckle's form for a new token to tick, and which scopes it
// lacks.
func (t *TokenNeeds) Tick() string {
	offered, hidden := t.Needs.Offered()
	text := "tick  " + strings.Join(offered, ", ")
	if len(offered) == 0 {
		text = "any one scope will do"
		if len(hidden) > 0 {
			text = "nothing to tick"
		}
	}
	if len(hidden) > 0 {
		text += "; the form doesn't offer " + strings.Join(hidden, ", ") + ": such a token is made through the API"
	}
	return text
}
