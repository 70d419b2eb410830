package fake

import (
	"crypto/sha256"
	"encoding/hex"
	"time"
)

// Options say what a server holds and how it starts. The zero value is a
// server with the seeded world and no token.
type Options struct {
	// Seed decides the made-up ids, names and times; the exported ids stay.
	Seed uint64
	// Now is the time that the world's dates count back from; zero: the clock.
	Now time.Time
	// Addr is where Start listens, on loopback; empty: a free port of 127.0.0.1.
	Addr string
	// Tokens are those that the server accepts.
	Tokens []Token
	// Faults are on from the start; see [Server.SetFaults].
	Faults []Fault
	// RateLimit switches Speckle's default limits on: 50 a second and 200 a
	// minute on top, for each token.
	RateLimit bool
	// TokenCheck is what a request with a token takes beside what it asks for, one
	// of a batch as one of a single operation: the real server's bcrypt needs 135
	// to 195 ms. Zero: nothing.
	TokenCheck time.Duration
	// Workspaces switches the workspaces module on; without it their fields
	// answer WORKSPACES_MODULE_DISABLED_ERROR, as the open source server does.
	Workspaces bool
	// History is how far back the workspace's plan shows what is in a version:
	// older ones have no referencedObject, and no error says so, unless they are
	// the newest of their model. Zero: all of them.
	History time.Duration
	// Memory answers a question that was asked before from memory, for
	// benchmarks of the reader; in all else the server is the same.
	Memory bool
	// Bulk adds as many rows as asked for, for benchmarks and clamps.
	Bulk Bulk
}

// Bulk sizes the project [BulkID]. Nothing is added where a number is 0.
type Bulk struct {
	// Objects are children of [BulkRootID], about 800 bytes each, made while
	// they are sent.
	Objects int
	// Models are further models of the project.
	Models int
	// Versions are versions of [BulkModelID].
	Versions int
	// Projects are further, empty projects of the owner.
	Projects int
}

// Token is one that the server accepts, or refuses because it is over.
type Token struct {
	// Token is the whole of it, 42 hex digits; its first 10 are its id.
	Token string
	// Name is what activeUser.apiTokens calls it.
	Name string
	// Scopes are what it may do; "*" is everything.
	Scopes []string
	// User is its owner's id; empty: [OwnerID].
	User string
	// Expires ends it; zero: never.
	Expires time.Time
	// Revoked makes it one that is unknown.
	Revoked bool
	// LimitProjects are the only projects it may see; empty: no limit.
	LimitProjects []string
}

// AllScopes are the scopes that Speckle offers to everyone for a token.
var AllScopes = []string{
	"streams:read", "streams:write", "profile:read", "profile:write", "profile:email", "users:read", "server:stats",
}

// NewToken makes up a token of the owner with these scopes. The same name
// gives the same token, so that a test can say it again.
func NewToken(name string, scopes ...string) Token {
	sum := sha256.Sum256([]byte("a token that opens nothing: " + name))
	return Token{Token: hex.EncodeToString(sum[:])[:tokenLength], Name: name, Scopes: scopes}
}

const (
	tokenLength   = 42
	tokenIDLength = 10
)

// ID is the public part of a token: what logs may name it by.
func (t Token) ID() string { return t.Token[:min(tokenIDLength, len(t.Token))] }

// String names the token by its id, so that none is printed by mistake.
func (t Token) String() string { return "token " + t.ID() }

// GoString is the same for %#v.
func (t Token) GoString() string { return t.String() }
