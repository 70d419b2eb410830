package query

import (
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/vektah/gqlparser/v2/ast"
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

// Needs walks the query. Fragments are followed, @skip and @include with a
// literal are obeyed; with a variable the field counts. The answer is the
// query's own: it must not be changed.
func (q *Query) Needs() Needs { return q.needs() }

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

// needing is one walk for needs.
type needing struct {
	*claims

	table *table
	facts *needFacts
	query *Query
	done  map[needKey]bool // fragments: what they need is the same at every spread
}

type needKey struct {
	fragment, parent string
	others           bool
}

// place is where the walk stands: the type, and whether a User there is
// another one than the token's owner.
type place struct {
	typ    string // "" unknown
	others bool
}

func (t *table) needsOf(q *Query) Needs {
	n := &needing{claims: newClaims(), table: t, facts: t.need(), query: q, done: map[needKey]bool{}}
	n.selections(q.operation.SelectionSet, place{typ: rootTypes[q.Kind]})
	return n.needs()
}

func (n *needing) selections(set ast.SelectionSet, here place) {
	for _, selection := range set {
		switch s := selection.(type) {
		case *ast.Field:
			if asked(s.Directives) {
				n.field(s, here)
			}
		case *ast.InlineFragment:
			if asked(s.Directives) {
				n.selections(s.SelectionSet, n.as(here, s.TypeCondition))
			}
		case *ast.FragmentSpread:
			definition := n.query.fragments[s.Name]
			if !asked(s.Directives) || definition == nil {
				continue
			}
			key := needKey{s.Name, here.typ, here.others}
			if !n.done[key] {
				n.done[key] = true
				n.selections(definition.SelectionSet, n.as(here, definition.TypeCondition))
			}
		}
	}
}

// as narrows a place to a fragment's type. An interface or a union says less
// than the type that is known already.
func (n *needing) as(here place, condition string) place {
	wider := slices.Contains(n.facts.interfaces[condition], here.typ) || slices.Contains(n.facts.unions[condition], here.typ)
	if condition != "" && !wider {
		here.typ = condition
	}
	return here
}

// asked reports whether a selection may be executed: a literal rules it out, a
// variable doesn't.
func asked(directives ast.DirectiveList) bool {
	for _, d := range directives {
		condition := d.Arguments.ForName("if")
		if condition == nil || condition.Value.Kind != ast.BooleanValue {
			continue
		}
		value := condition.Value.Raw == "true"
		if d.Name == "skip" && value || d.Name == "include" && !value {
			return false
		}
	}
	return true
}

func (n *needing) field(f *ast.Field, here place) {
	if strings.HasPrefix(f.Name, "__") || here.typ == "" {
		return // the schema's own, or below a field that is unknown already
	}
	facts, known := n.table.fields(here.typ)[f.Name]
	if !known {
		n.unknown[here.typ+"."+f.Name] = true
		n.selections(f.SelectionSet, place{})
		return
	}
	below := place{typ: strings.Trim(facts.Type, "[]!"), others: here.others}
	below.others = n.claim(here.typ, f, below.others)
	// What implements an interface may ask for more than the interface does.
	for _, name := range n.facts.interfaces[here.typ] {
		below.others = n.claim(name, f, here.others) || below.others
	}
	n.selections(f.SelectionSet, below)
}

// claim notes what one field of one type asks for, and tells whether users
// below it are others.
func (n *needing) claim(typ string, f *ast.Field, others bool) bool {
	name := typ + "." + f.Name
	facts := n.table.fields(typ)[f.Name]
	if facts.ScopesUnknown {
		n.unknown[name] = true
	}
	for _, scope := range facts.Scopes {
		claim(n.hard, scope, name)
	}
	if scope := n.facts.advised[name]; scope != "" {
		claim(n.advised, scope, name)
	}
	roles := []string{facts.ServerRole, facts.StreamRole}
	if facts.WorkspaceRole != "" {
		roles = append(roles, workspaceRole+facts.WorkspaceRole)
	}
	if facts.OwnerOrAdminOnly && others {
		roles = append(roles, "SERVER_ADMIN")
	}
	for _, check := range n.facts.checks[name] {
		if !check.holds(f, others) {
			continue
		}
		others = others || check.Others
		to := n.hard
		if check.Soft {
			to = n.soft
		} else {
			roles = append(roles, check.Role)
		}
		for _, scope := range check.Scopes {
			claim(to, scope, name)
		}
	}
	for _, role := range roles {
		if role != "" {
			claim(n.roles, role, name)
		}
	}
	return others
}

// holds reports whether a check of the server's code is done for a field.
func (c *scopeCheck) holds(f *ast.Field, others bool) bool {
	if c.Of == "self" && others || c.Of == "others" && !others {
		return false
	}
	if c.Arg == "" {
		return true
	}
	argument := f.Arguments.ForName(c.Arg)
	return argument != nil && argument.Value.Kind != ast.NullValue
}

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
