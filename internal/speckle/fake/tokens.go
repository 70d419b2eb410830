package fake

import (
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// tokens are those that the server knows, by their whole text.
type tokens struct {
	mu    sync.RWMutex
	known map[string]*issued
}

// issued is a token with what the server notes about it.
type issued struct {
	Token

	created, used time.Time
}

func (t *tokens) add(list ...Token) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.known == nil {
		t.known = map[string]*issued{}
	}
	for _, token := range list {
		if token.User == "" {
			token.User = OwnerID
		}
		now := time.Now() // its lastUsed, too, until it is used: the column's default
		t.known[token.Token] = &issued{Token: token, created: now, used: now}
	}
}

func (t *tokens) revoke(id string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for text, token := range t.known {
		if token.ID() == id {
			delete(t.known, text)
		}
	}
}

// of lists a user's tokens, the oldest first.
func (t *tokens) of(userID string) []issued {
	t.mu.RLock()
	defer t.mu.RUnlock()
	var out []issued
	for _, token := range t.known {
		if token.User == userID && !token.Revoked {
			out = append(out, *token)
		}
	}
	slices.SortFunc(out, func(a, b issued) int { return strings.Compare(a.ID(), b.ID()) })
	return out
}

// judge gives the token of a request; nil when it carries none. A token that
// is unknown, over or revoked makes it false, and nobody can tell which.
func (t *tokens) judge(h http.Header) (*Token, bool) {
	values, sent := h["Authorization"]
	if !sent {
		return nil, true
	}
	text := strings.Replace(values[0], "Bearer ", "", 1)
	t.mu.Lock()
	defer t.mu.Unlock()
	token := t.known[text]
	if token == nil || token.Revoked {
		return nil, false
	}
	if !token.Expires.IsZero() && !time.Now().Before(token.Expires) {
		delete(t.known, text) // as the server does at the first use after the end
		return nil, false
	}
	token.used = time.Now()
	out := token.Token
	return &out, true
}
