package preflight

import (
	"context"
	"encoding/json"
	"errors"
	"strconv"
	"strings"
	"time"

	"speckle-runner/internal/said"
	"speckle-runner/internal/secret"
	"speckle-runner/internal/speckle"
)

// ownerQuestion also tells whether the token is good: every accepted token gets
// an answer or is told that profile:read is missing.
const ownerQuestion = `{ activeUser { id name email role } }`

// listQuestion is the only way for a token to see itself. It needs tokens:read,
// which few have.
const listQuestion = `{ activeUser { id apiTokens { id name scopes createdAt lifespan } } }`

// tokenID gives the first digits of a token, which the list knows it by.
func tokenID(o speckle.Options) string { return secret.TokenID(o.Token) }

// token finds out what a token tells of itself.
func (a *asker) token(ctx context.Context, r *Report, id string) Token {
	var t Token
	var owner struct {
		ActiveUser struct{ Name, Email, Role *string }
	}
	data, err := ask(ctx, a.bearer, ownerQuestion)
	failed, typed := errors.AsType[*speckle.Error](err)
	switch {
	case err == nil:
		t.Accepted, t.Profile = true, true
		_ = json.Unmarshal(data, &owner)
		t.owner(owner.ActiveUser.Name, owner.ActiveUser.Email, owner.ActiveUser.Role, r.words)
	case typed && failed.Kind == speckle.ScopeMissing:
		t.Accepted = true
	case typed && failed.Kind == speckle.TokenRefused:
		r.add(AboutToken, Failed, failed.Message, failed.Hint)
		return t
	default:
		r.add(AboutToken, Untold, "whether the token is good can't be told: "+err.Error(), "")
		r.server(err)
		return t
	}
	if t.Profile {
		a.listed(ctx, &t, id, r.words)
	}
	text := "accepted"
	if t.Name != "" {
		text += `, named "` + t.Name + `"`
	}
	r.add(AboutToken, Good, text, "")
	if t.Owner != "" {
		r.add(AboutOwner, Good, t.Owner, "")
	} else {
		r.add(AboutOwner, Untold, "the token may not say whose it is: it lacks profile:read", "")
	}
	return t
}

func (t *Token) owner(name, email, role *string, words said.Words) {
	if name != nil {
		t.Owner = *name
	}
	if email != nil && *email != "" {
		t.Mail = true
		t.Owner += " <" + *email + ">"
	}
	t.Owner = words.Line(t.Owner, speckle.MaxSaid)
	if role != nil { // "server:admin" in data, SERVER_ADMIN in the schema
		t.Role = strings.ToUpper(strings.ReplaceAll(*role, ":", "_"))
	}
}

// listed looks for the token's own row among those of its owner.
func (a *asker) listed(ctx context.Context, t *Token, id string, words said.Words) {
	var list struct {
		ActiveUser struct {
			APITokens []struct {
				ID, Name  string
				Scopes    []string
				CreatedAt time.Time
				Lifespan  json.RawMessage // a number, or text: it is a BigInt
			} `json:"apiTokens"`
		}
	}
	data, err := ask(ctx, a.bearer, listQuestion)
	if err != nil || id == "" || json.Unmarshal(data, &list) != nil {
		return
	}
	for _, row := range list.ActiveUser.APITokens {
		if row.ID != id {
			continue
		}
		t.Listed, t.Name, t.Scopes = true, words.Line(row.Name, speckle.MaxSaid), row.Scopes
		ms, err := strconv.ParseInt(strings.Trim(string(row.Lifespan), `"`), 10, 64)
		if err == nil && ms > 0 && ms < forever.Milliseconds() && !row.CreatedAt.IsZero() {
			t.Expires = row.CreatedAt.Add(time.Duration(ms) * time.Millisecond)
		}
	}
}

// forever is a lifespan that nobody chose: Speckle gives 100 years to tokens
// that are made without one.
const forever = 50 * 365 * 24 * time.Hour

// Soon is how long before its end a token is warned of: to make a new one in peace.
const Soon = 14 * 24 * time.Hour

func (r *Report) expiry(now time.Time) {
	switch left := r.Token.Expires.Sub(now); {
	case !r.Token.Listed:
	case r.Token.Expires.IsZero():
		r.add(AboutExpiry, Good, "the token doesn't expire", "")
	case left < Soon:
		r.add(AboutExpiry, Warned, "the token expires "+within(left)+" ("+r.Token.Expires.UTC().Format("2006-01-02 15:04 MST")+")",
			"make a new one in time; the server then refuses this one without saying why")
	default:
		r.add(AboutExpiry, Good, "the token expires "+within(left)+" ("+r.Token.Expires.UTC().Format(time.DateOnly)+")", "")
	}
}

// within says how far away a time is, in days or hours.
func within(left time.Duration) string {
	switch days := int(left / (24 * time.Hour)); {
	case days > 0:
		return "in " + said.Count(days, "day")
	case left >= time.Hour:
		return "in " + said.Count(int(left/time.Hour), "hour")
	default:
		return "within the hour"
	}
}
