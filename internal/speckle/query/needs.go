package query

import (
	"maps"
	"slices"
	"sync"
)

// Needs is what a query asks of a token and of its owner, by the facts of the
// open source schema. Lists are sorted and never nil.
type Needs struct {
	Scopes  []string // without one of them the server refuses
	Soft    []string // without one of them a field is null, and no error says so
	Roles   []string // of the owner: the highest of the server, of a project and of a workspace
	Unknown []string // fields that the facts don't know, "Project.issues"
	Advised []string // scopes that other versions of the server ask for

	Because map[string][]string // scope, hard, soft or advised → fields, "Project.team"
	Roled   map[string][]string // role → fields
}

// Join gives what several queries need together.
func (n Needs) Join(others ...Needs) Needs {
	c := newClaims()
	for _, one := range append([]Needs{n}, others...) {
		c.addAll(c.hard, one.Scopes, one.Because)
		c.addAll(c.soft, one.Soft, one.Because)
		c.addAll(c.advised, one.Advised, one.Because)
		c.addAll(c.roles, one.Roles, one.Roled)
		for _, field := range one.Unknown {
			c.unknown[field] = true
		}
	}
	return c.needs()
}

// claims gathers needs: scope or role → the fields that ask for it.
type claims struct {
	hard, soft, advised, roles map[string]map[string]bool
	unknown                    map[string]bool
}

func newClaims() *claims {
	empty := func() map[string]map[string]bool { return map[string]map[string]bool{} }
	return &claims{hard: empty(), soft: empty(), advised: empty(), roles: empty(), unknown: map[string]bool{}}
}

func claim(to map[string]map[string]bool, what, field string) {
	if to[what] == nil {
		to[what] = map[string]bool{}
	}
	to[what][field] = true
}

func (c *claims) addAll(to map[string]map[string]bool, names []string, because map[string][]string) {
	for _, name := range names {
		for _, field := range because[name] {
			claim(to, name, field)
		}
	}
}

// needs sums up: a scope that is needed is neither soft nor advised, and of
// roles of one kind the highest holds.
func (c *claims) needs() Needs {
	n := Needs{Because: map[string][]string{}, Roled: map[string][]string{}}
	keep := func(from map[string]map[string]bool, why map[string][]string) []string {
		names := slices.Sorted(maps.Keys(from))
		for _, name := range names {
			why[name] = slices.Sorted(maps.Keys(from[name]))
		}
		return append([]string{}, names...)
	}
	for scope := range c.hard {
		delete(c.soft, scope)
		delete(c.advised, scope)
	}
	for scope := range c.soft {
		delete(c.advised, scope)
	}
	for _, ranks := range RoleRanks {
		highest := -1
		for role := range c.roles {
			highest = max(highest, slices.Index(ranks, role))
		}
		for i := range highest {
			delete(c.roles, ranks[i])
		}
	}
	n.Scopes, n.Soft, n.Advised = keep(c.hard, n.Because), keep(c.soft, n.Because), keep(c.advised, n.Because)
	n.Roles = keep(c.roles, n.Roled)
	n.Unknown = append([]string{}, slices.Sorted(maps.Keys(c.unknown))...)
	return n
}

// RoleRanks are the roles of Speckle, the lowest first. Those of a workspace
// have a prefix here: the schema calls them MEMBER and ADMIN.
var RoleRanks = [][]string{
	{"SERVER_ARCHIVED_USER", "SERVER_GUEST", "SERVER_USER", "SERVER_ADMIN"},
	{"STREAM_REVIEWER", "STREAM_CONTRIBUTOR", "STREAM_OWNER"},
	{workspaceRole + "GUEST", workspaceRole + "MEMBER", workspaceRole + "ADMIN"},
}

const workspaceRole = "WORKSPACE_"

// Scope is one that Speckle's open source server knows.
type Scope struct {
	Name   string
	Public bool // offered in the web form for a new token
}

// Scopes lists the scopes of the open source server, sorted by name.
var Scopes = sync.OnceValue(func() []Scope {
	var known map[string]struct {
		Public any `json:"public"` // true, false, or on which servers
	}
	openSource.head("scopes", &known)
	var list []Scope
	for _, name := range slices.Sorted(maps.Keys(known)) {
		list = append(list, Scope{Name: name, Public: known[name].Public == true})
	}
	return list
})

// Offered gives the scopes that Speckle's form for a new token offers, and those that
// it doesn't: such a token is made through the API.
func (n Needs) Offered() (offered, hidden []string) {
	for _, scope := range slices.Sorted(slices.Values(slices.Concat(n.Scopes, n.Soft))) {
		known := slices.IndexFunc(Scopes(), func(s Scope) bool { return s.Name == scope })
		if known >= 0 && Scopes()[known].Public {
			offered = append(offered, scope)
		} else {
			hidden = append(hidden, scope)
		}
	}
	return offered, hidden
}
