package query

import (
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

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
