package introspect

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"
	"github.com/vektah/gqlparser/v2/validator"
)

// answer is the data of Query's answer.
type answer struct {
	Schema struct {
		QueryType, MutationType, SubscriptionType *named

		Types      []typ
		Directives []directive
	} `json:"__schema"`
}

type named struct {
	Name string
}

type typ struct {
	Kind, Name    string
	Fields        []field
	InputFields   []input
	Interfaces    []named
	EnumValues    []named
	PossibleTypes []named
}

type field struct {
	Name         string
	Args         []input
	Type         *ref
	IsDeprecated bool
}

type input struct {
	Name         string
	Type         *ref
	DefaultValue *string
}

type ref struct {
	Kind, Name string
	OfType     *ref
}

type directive struct {
	Name      string
	Locations []string
	Args      []input
}

// Document reads the data of an answer to Query: a JSON object with __schema.
func Document(data []byte) (*ast.SchemaDocument, error) {
	var a answer
	err := json.Unmarshal(data, &a)
	if other, is := errors.AsType[*json.UnmarshalTypeError](err); is {
		return nil, fmt.Errorf("read the schema: %s of the answer is a JSON %s, and GraphQL says otherwise", other.Field, other.Value)
	}
	if err != nil {
		return nil, fmt.Errorf("read the schema: %w", err)
	}
	if a.Schema.QueryType == nil || len(a.Schema.Types) == 0 {
		return nil, errors.New("read the schema: it has no types")
	}
	b := builder{builtIn: builtIns()}
	doc := &ast.SchemaDocument{}
	doc.Schema = append(doc.Schema, &ast.SchemaDefinition{Position: nowhere, OperationTypes: a.roots()})
	for _, t := range a.Schema.Types {
		if !b.builtIn[t.Name] && !strings.HasPrefix(t.Name, "__") {
			doc.Definitions = append(doc.Definitions, b.definition(t))
		}
	}
	for _, d := range a.Schema.Directives {
		if !b.builtIn["@"+d.Name] {
			doc.Directives = append(doc.Directives, b.directive(d))
		}
	}
	return doc, b.err
}

// Schema reads the data of an answer to Query, and checks that it makes sense:
// what it gives can be handed to gqlparser's validator.
func Schema(data []byte) (schema *ast.Schema, err error) {
	defer func() {
		if p := recover(); p != nil { // the library trusts a schema more than we do
			schema, err = nil, fmt.Errorf("read the schema: it is broken (%v)", p)
		}
	}()
	doc, err := Document(data)
	if err != nil {
		return nil, err
	}
	whole := validator.PreludeDocument()
	whole.Merge(doc)
	schema, err = validator.ValidateSchemaDocument(whole)
	if err != nil {
		return nil, fmt.Errorf("read the schema: %w", err)
	}
	return schema, nil
}

// nowhere stands for places in a text that there isn't.
var nowhere = &ast.Position{Src: &ast.Source{Name: "introspection"}}

// builtIns are the types and, with an @, the directives that every schema has.
func builtIns() map[string]bool {
	names := map[string]bool{}
	prelude := validator.PreludeDocument()
	for _, d := range prelude.Definitions {
		names[d.Name] = true
	}
	for _, d := range prelude.Directives {
		names["@"+d.Name] = true
	}
	return names
}

func (a *answer) roots() ast.OperationTypeDefinitionList {
	var roots ast.OperationTypeDefinitionList
	for operation, root := range map[ast.Operation]*named{
		ast.Query: a.Schema.QueryType, ast.Mutation: a.Schema.MutationType, ast.Subscription: a.Schema.SubscriptionType,
	} {
		if root != nil {
			roots = append(roots, &ast.OperationTypeDefinition{Operation: operation, Type: root.Name, Position: nowhere})
		}
	}
	return roots
}

// builder keeps the first thing that can't be read.
type builder struct {
	builtIn map[string]bool
	err     error
}

func (b *builder) failf(format string, args ...any) {
	if b.err == nil {
		b.err = fmt.Errorf("read the schema: "+format, args...)
	}
}

var kinds = map[string]ast.DefinitionKind{
	"SCALAR": ast.Scalar, "OBJECT": ast.Object, "INTERFACE": ast.Interface, "UNION": ast.Union, "ENUM": ast.Enum,
	"INPUT_OBJECT": ast.InputObject,
}

func (b *builder) definition(t typ) *ast.Definition {
	d := &ast.Definition{Kind: kinds[t.Kind], Name: t.Name, Position: nowhere}
	if d.Kind == "" || t.Name == "" {
		b.failf("a type %q of the kind %q", t.Name, t.Kind)
	}
	for _, f := range t.Fields {
		one := &ast.FieldDefinition{Name: f.Name, Type: b.typ(f.Type, 0), Arguments: b.arguments(f.Args), Position: nowhere}
		if f.IsDeprecated {
			one.Directives = ast.DirectiveList{{Name: "deprecated", Position: nowhere}}
		}
		d.Fields = append(d.Fields, one)
	}
	for _, in := range t.InputFields {
		d.Fields = append(d.Fields, &ast.FieldDefinition{Name: in.Name, Type: b.typ(in.Type, 0), DefaultValue: b.value(in.DefaultValue),
			Position: nowhere})
	}
	for _, i := range t.Interfaces {
		d.Interfaces = append(d.Interfaces, i.Name)
	}
	for _, v := range t.EnumValues {
		d.EnumValues = append(d.EnumValues, &ast.EnumValueDefinition{Name: v.Name, Position: nowhere})
	}
	if d.Kind == ast.Union {
		for _, p := range t.PossibleTypes {
			d.Types = append(d.Types, p.Name)
		}
	}
	return d
}

func (b *builder) directive(d directive) *ast.DirectiveDefinition {
	out := &ast.DirectiveDefinition{Name: d.Name, Arguments: b.arguments(d.Args), Position: nowhere}
	for _, l := range d.Locations {
		out.Locations = append(out.Locations, ast.DirectiveLocation(l))
	}
	return out
}

func (b *builder) arguments(list []input) ast.ArgumentDefinitionList {
	var out ast.ArgumentDefinitionList
	for _, in := range list {
		out = append(out, &ast.ArgumentDefinition{Name: in.Name, Type: b.typ(in.Type, 0), DefaultValue: b.value(in.DefaultValue),
			Position: nowhere})
	}
	return out
}

// maxWraps is how deep Query asks into lists of lists.
const maxWraps = 7

func (b *builder) typ(r *ref, depth int) *ast.Type {
	switch {
	case r == nil || depth > maxWraps:
		b.failf("a type is wrapped too deeply, or is none")
		return ast.NamedType("String", nowhere)
	case r.Kind == "NON_NULL":
		t := *b.typ(r.OfType, depth+1)
		t.NonNull = true
		return &t
	case r.Kind == "LIST":
		return ast.ListType(b.typ(r.OfType, depth+1), nowhere)
	default:
		return ast.NamedType(r.Name, nowhere)
	}
}

// value reads a default, which introspection gives as GraphQL text.
func (b *builder) value(text *string) *ast.Value {
	if text == nil {
		return nil
	}
	doc, err := parser.ParseQuery(&ast.Source{Input: "query ($x: X = " + *text + ") { x }"})
	if err != nil || len(doc.Operations) != 1 || len(doc.Operations[0].VariableDefinitions) != 1 {
		b.failf("a default %q isn't a value", *text)
		return nil
	}
	return doc.Operations[0].VariableDefinitions[0].DefaultValue
}
