package query

import (
	"crypto/sha256"
	"encoding/hex"

	"github.com/vektah/gqlparser/v2/ast"
)

// Query is one parsed GraphQL operation. It is sent as Text, untouched.
type Query struct {
	Text      string
	Name      string // "" for an anonymous one
	Kind      Operation
	Variables []Variable
	Paging    *Paging   // nil: the query isn't paged
	Warnings  []Problem // what a user should add, in the order of the text

	operation *ast.OperationDefinition
	fragments map[string]*ast.FragmentDefinition
	root      *Node         // what the answer looks like
	nested    []*Collection // collections with a totalCount of their own
	needs     func() Needs
	silent    func() []QuietField
}

// Operation is what a query does to the server.
type Operation string

// The operations that are taken.
const (
	OperationQuery    Operation = "query"
	OperationMutation Operation = "mutation"
)

// rootTypes are the names that Speckle's schema gives its roots.
var rootTypes = map[Operation]string{OperationQuery: "Query", OperationMutation: "Mutation"}

// Variable is one that the operation declares.
type Variable struct {
	Name       string
	Type       string // as written, "[String!]!"
	NonNull    bool
	HasDefault bool
	Line, Col  int
}

// Hash names the query's text: sha256, in hex.
func (q *Query) Hash() string {
	sum := sha256.Sum256([]byte(q.Text))
	return hex.EncodeToString(sum[:])
}

// Root gives what the answer looks like.
func (q *Query) Root() *Node { return q.root }

// Nested gives the collections beside the paged one that can be held against
// what they say of themselves.
func (q *Query) Nested() []*Collection { return q.nested }

// Needs walks the query. Fragments are followed, @skip and @include with a
// literal are obeyed; with a variable the field counts. The answer is the
// query's own: it must not be changed.
func (q *Query) Needs() Needs { return q.needs() }

// QuietField is a field that a server leaves empty without an error, and where a query selects it.
type QuietField struct {
	Path   []string // response keys
	Inside int      // how many of them lead to the record that holds it; -1: it is in none
	Why    string
}

// Quiet gives the fields of the query that a server leaves empty without an
// error.
func (q *Query) Quiet() []QuietField { return q.silent() }
