package fake

import (
	_ "embed"
	"slices"
	"strings"
	"sync"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"github.com/vektah/gqlparser/v2/parser"
	"github.com/vektah/gqlparser/v2/validator"
)

//go:embed schema.graphql
var schemaText string

// checked is the schema as the validator holds it: its messages are those of
// graphql-js, which Speckle's server uses, and it knows where things stand.
var checked = sync.OnceValue(func() *ast.Schema {
	return gqlparser.MustLoadSchema(&ast.Source{Name: "schema.graphql", Input: schemaText})
})

// document is a query text, read and checked once.
type document struct {
	text       string // as the executor takes it
	ast        *ast.QueryDocument
	refused    []graphError // the 400 that the text deserves, if any
	operations []*operation
}

// operation is one operation of a document.
type operation struct {
	ast        *ast.OperationDefinition
	places     map[string][]location // by the path of response keys
	collection *collection
	recorded   bool // introspection only: answered from the recording
	bulk       *bulkPlan
}

// collection is the list that an operation pages through, or its only one.
type collection struct {
	path                 []string // response keys down to it
	cursorVar            string
	total, cursor, items string // response keys, "" where not asked for
}

// maxDocuments bounds the cache of query texts.
const maxDocuments = 1024

// documents is the cache.
type documents struct {
	mu   sync.Mutex
	byID map[string]*document
}

func (d *documents) get(text string) *document {
	d.mu.Lock()
	defer d.mu.Unlock()
	if doc := d.byID[text]; doc != nil {
		return doc
	}
	if d.byID == nil || len(d.byID) >= maxDocuments {
		d.byID = map[string]*document{}
	}
	doc := newDocument(text)
	d.byID[text] = doc
	return doc
}

func newDocument(text string) *document {
	doc := &document{text: text}
	parsed, err := parser.ParseQuery(&ast.Source{Input: text})
	if err != nil {
		doc.refused = []graphError{syntaxError(err)}
		return doc
	}
	doc.ast = parsed
	recorded := len(parsed.Operations) > 0
	for _, op := range parsed.Operations {
		recorded = recorded && introspects(op.SelectionSet, parsed.Fragments)
	}
	if !recorded { // the recording knows more types than the executor
		for _, problem := range validator.ValidateWithRules(checked(), parsed, nil) {
			doc.refused = append(doc.refused, validationError(problem))
		}
		sortProblems(doc.refused)
	}
	if len(doc.refused) > 0 {
		return doc
	}
	doc.text = loosened(text, parsed)
	for _, op := range parsed.Operations {
		o := &operation{ast: op, recorded: recorded, places: map[string][]location{}}
		if !recorded {
			o.survey(op.SelectionSet, nil, false)
			o.bulk = planBulk(op)
		}
		doc.operations = append(doc.operations, o)
	}
	return doc
}

// introspects says whether an operation asks for nothing but the schema.
func introspects(set ast.SelectionSet, fragments ast.FragmentDefinitionList) bool {
	fields := open(set, fragments)
	for _, field := range fields {
		if field.Name != "__schema" && field.Name != "__type" && field.Name != "__typename" {
			return false
		}
	}
	return len(fields) > 0 && (len(fields) > 1 || fields[0].Name != "__typename")
}

// open gives the fields of a selection of an unchecked document.
func open(set ast.SelectionSet, fragments ast.FragmentDefinitionList) []*ast.Field {
	var out []*ast.Field
	for _, selection := range set {
		switch s := selection.(type) {
		case *ast.Field:
			out = append(out, s)
		case *ast.InlineFragment:
			out = append(out, open(s.SelectionSet, fragments)...)
		case *ast.FragmentSpread:
			if f := fragments.ForName(s.Name); f != nil {
				out = append(out, open(f.SelectionSet, fragments)...)
			}
		}
	}
	return out
}

// loosened turns "Int! = 50" into "Int  = 50" where variables are declared: the
// executor holds to a rule from before 2018 that forbids the former. By then
// the text has passed today's rules, and nothing else moves.
func loosened(text string, parsed *ast.QueryDocument) string {
	runes := []rune(text)
	for _, op := range parsed.Operations {
		for _, v := range op.VariableDefinitions {
			if v.DefaultValue == nil || !v.Type.NonNull {
				continue
			}
			at := v.DefaultValue.Position.Start - 1
			for at > v.Position.Start && runes[at] != '!' {
				at--
			}
			runes[at] = ' '
		}
	}
	return string(runes)
}

func syntaxError(err error) graphError {
	out := newGraphError("GRAPHQL_PARSE_FAILED", "Syntax Error: "+strings.TrimSuffix(err.Error(), ".")+".")
	problem, ok := err.(*gqlerror.Error) //nolint:errorlint // the parser gives this very type
	if ok {
		out.Message = "Syntax Error: " + strings.TrimSuffix(problem.Message, ".") + "."
		out.Locations = locations(problem)
	}
	return out
}

func validationError(problem *gqlerror.Error) graphError {
	out := newGraphError("GRAPHQL_VALIDATION_FAILED", problem.Message)
	out.Locations = locations(problem)
	return out
}

func locations(problem *gqlerror.Error) []location {
	var out []location
	for _, l := range problem.Locations {
		out = append(out, location{l.Line, l.Column})
	}
	return out
}

// pick chooses the operation that a request names.
func (d *document) pick(name string) (*operation, *graphError) {
	for _, op := range d.operations {
		if op.ast.Name == name || name == "" && len(d.operations) == 1 {
			return op, nil
		}
	}
	message := "Must provide operation name if query contains multiple operations."
	if name != "" {
		message = `Unknown operation named "` + name + `".`
	}
	problem := newGraphError("OPERATION_RESOLUTION_FAILURE", message)
	return nil, &problem
}

// survey walks a selection, noting where each field stands and which list the
// operation is about: the first whose cursor is a variable, else the first.
func (o *operation) survey(set ast.SelectionSet, path []string, below bool) {
	for _, field := range fieldsOf(set) {
		at := append(slices.Clip(path), field.Alias)
		key := strings.Join(at, "\x00")
		o.places[key] = append(o.places[key], location{field.Position.Line, field.Position.Column})
		list := field.Definition.Type.Elem != nil
		if !below && !list {
			o.consider(field, at)
		}
		o.survey(field.SelectionSet, at, below || list)
	}
}

func (o *operation) consider(field *ast.Field, path []string) {
	c := collection{path: path, cursorVar: cursorVariable(field.Arguments)}
	for _, child := range fieldsOf(field.SelectionSet) {
		switch child.Name {
		case "totalCount":
			c.total = child.Alias
		case "cursor":
			c.cursor = child.Alias
		case "items", "objects":
			c.items = child.Alias
		}
	}
	if c.items == "" && c.total == "" {
		return
	}
	if o.collection == nil || o.collection.cursorVar == "" && c.cursorVar != "" {
		o.collection = &c
	}
}

// cursorVariable finds the variable given as cursor, also in an input object.
func cursorVariable(args ast.ArgumentList) string {
	for _, arg := range args {
		if arg.Name == "cursor" && arg.Value.Kind == ast.Variable {
			return arg.Value.Raw
		}
		for _, child := range arg.Value.Children {
			if child.Name == "cursor" && child.Value.Kind == ast.Variable {
				return child.Value.Raw
			}
		}
	}
	return ""
}

// fieldsOf gives the fields of a selection, fragments opened.
func fieldsOf(set ast.SelectionSet) []*ast.Field {
	var out []*ast.Field
	for _, selection := range set {
		switch s := selection.(type) {
		case *ast.Field:
			out = append(out, s)
		case *ast.InlineFragment:
			out = append(out, fieldsOf(s.SelectionSet)...)
		case *ast.FragmentSpread:
			if s.Definition != nil {
				out = append(out, fieldsOf(s.Definition.SelectionSet)...)
			}
		}
	}
	return out
}
