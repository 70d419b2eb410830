package look

import (
	"strings"

	"speckle-runner/internal/secret"
)

// Short names where a token is, as short as it can be told.
func (p Place) Short() string {
	s := p.Source
	switch {
	case s.Command != "":
		return s.String()
	case s.File != "":
		return secret.Mask(s.File)
	}
	return s.Env
}

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
