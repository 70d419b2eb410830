package query

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// grown is a random selection of fields that the open source schema knows.
type grown struct {
	name  string
	below []*grown
}

// pickFields takes some fields of a type, and some below them.
func pickFields(r *rand.Rand, typ string, depth int) []*grown {
	names := slices.Sorted(maps.Keys(typeFacts(typ)))
	if len(names) == 0 {
		return nil
	}
	var fields []*grown
	for range 1 + r.IntN(4) {
		one := &grown{name: names[r.IntN(len(names))]}
		below, _ := fieldType(typ, one.name)
		if typeFacts(below) != nil {
			if depth == 0 {
				continue
			}
			one.below = pickFields(r, below, depth-1)
		}
		fields = append(fields, one)
	}
	return append(fields, &grown{name: "__typename"})
}

// written gives the selection, in one of the ways that mean the same.
func written(r *rand.Rand, typ string, fields []*grown) string {
	var b strings.Builder
	b.WriteString("{")
	for i, f := range fields {
		below, _ := fieldType(typ, f.name)
		one := fmt.Sprintf(" a%d: %s", i, f.name)
		if len(f.below) > 0 {
			one += written(r, below, f.below)
		}
		switch r.IntN(4) {
		case 0:
			one = fmt.Sprintf(" ... on %s {%s }", typ, one)
		case 1:
			one = fmt.Sprintf(" ... @skip(if: false) {%s }", one)
		}
		b.WriteString(one)
	}
	b.WriteString(" }")
	return b.String()
}

// chains gives each field of a selection as a query that selects it alone.
func chains(fields []*grown) []string {
	var out []string
	for _, f := range fields {
		out = append(out, "{ "+f.name+" }")
		for _, below := range chains(f.below) {
			out = append(out, "{ "+f.name+" "+below+" }")
		}
	}
	return out
}

// TestNeedsAreTheUnionOfTheFields holds 300 random queries against their
// single fields, each asked for alone.
func TestNeedsAreTheUnionOfTheFields(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for seed := range uint64(300) {
		r := rand.New(rand.NewPCG(seed, 2026))
		root := "Query"
		if seed%5 == 0 {
			root = "Mutation"
		}
		fields := pickFields(r, root, 5)
		kind := strings.ToLower(root) + " "
		whole := parsedNeeds(t, kind+written(r, root, fields))
		var union Needs
		for _, one := range chains(fields) {
			union = union.Join(parsedNeeds(t, kind+one))
		}
		if !reflect.DeepEqual(whole, union) {
			t.Fatalf("seed %d: %+v, its fields %+v", seed, whole, union)
		}
		for _, scope := range whole.Scopes {
			seen[scope] = true
		}
	}
	if len(seen) < 15 {
		t.Errorf("only %v were ever needed: the queries are too small to show anything", slices.Sorted(maps.Keys(seen)))
	}
}

func parsedNeeds(t *testing.T, query string) Needs {
	t.Helper()
	q, problems := Parse(query)
	if q == nil {
		t.Fatalf("%v in %s", problems, query)
	}
	return q.Needs()
}

// TestEveryDirectiveIsFound asks for each field of the schema that names
// scopes, wherever it stands: no walk but the lookup of its own facts.
func TestEveryDirectiveIsFound(t *testing.T) {
	t.Parallel()
	found := 0
	for typ := range openSource.lines() {
		for name, facts := range typeFacts(typ) {
			got := parsedNeeds(t, fmt.Sprintf("{ ... on %s { %s { __typename } } }", typ, name))
			for _, scope := range facts.Scopes {
				found++
				if !slices.Contains(got.Scopes, scope) || !slices.Contains(got.Because[scope], typ+"."+name) {
					t.Errorf("%s.%s needs %s, but the walk says %v", typ, name, scope, got.Scopes)
				}
			}
		}
	}
	if found < 186 {
		t.Errorf("%d scopes in the schema", found)
	}
}

// TestInterfaces uses a schema of its own: Speckle's has none.
func TestInterfaces(t *testing.T) {
	t.Parallel()
	small := &table{text: `{"source":"a test",
"interfaces":{"Node":["Door","Wall"]},
"resolverScopeChecks":[{"field":"Wall.price","scopes":["prices:read"],"soft":true}],
"types":{
"Query":{"node":{"type":"Node","scopes":["nodes:read"]},"door":{"type":"Door"}},
"Node":{"id":{"type":"ID!"},"price":{"type":"Float","scopes":["node:price"]}},
"Door":{"id":{"type":"ID!","scopes":["doors:read"]},"price":{"type":"Float","scopes":["doors:price"]}},
"Wall":{"id":{"type":"ID!"},"price":{"type":"Float"},"new":{"type":"Int","scopesUnknown":true}}
}}`}
	for query, want := range map[string]string{
		`{ node { id } }`:                                 "doors:read nodes:read",
		`{ node { price } }`:                              "doors:price node:price nodes:read | prices:read",
		`{ node { ... on Wall { id price } } }`:           "nodes:read | prices:read",
		`{ node { ... on Wall { ... on Node { id } } } }`: "nodes:read",
		`{ node { ... on Node { ... on Wall { id } } } }`: "nodes:read",
		`{ door { ... on Node { id } } }`:                 "doors:read",
		`{ node { ... on Wall { new } } }`:                "nodes:read ? Wall.new",
	} {
		q, problems := Parse(query)
		if q == nil {
			t.Fatal(problems)
		}
		n := small.needsOf(q)
		got := strings.Join(n.Scopes, " ")
		if len(n.Soft) > 0 {
			got += " | " + strings.Join(n.Soft, " ")
		}
		if len(n.Unknown) > 0 {
			got += " ? " + strings.Join(n.Unknown, " ")
		}
		if got != want {
			t.Errorf("%s needs %q, want %q", query, got, want)
		}
	}
}
