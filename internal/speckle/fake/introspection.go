package fake

import (
	"bytes"
	"compress/gzip"
	_ "embed"
	"encoding/json"
	"io"
	"net/http"
	"sync"

	"github.com/vektah/gqlparser/v2/ast"
)

// The introspection of specklesystems/speckle-server 51d43b91 (2026-06-15),
// as that server answered it, compressed. It has every type of the open source
// schema, of which the executor here runs a part.
//
//go:embed introspection.json.gz
var recordedSchema []byte

var recording = sync.OnceValue(func() map[string]any {
	unzipped, err := gzip.NewReader(bytes.NewReader(recordedSchema))
	if err != nil {
		panic(err) // it is embedded
	}
	raw, err := io.ReadAll(unzipped)
	if err != nil {
		panic(err)
	}
	var out map[string]any
	if err := json.Unmarshal(raw, &out); err != nil {
		panic(err)
	}
	return out
})

// introspect answers from the recording: what was asked for is cut out of it.
func introspect(doc *document, op *operation, variables map[string]any) answer {
	data := ordered{}
	for _, field := range open(op.ast.SelectionSet, doc.ast.Fragments) {
		var value any
		switch field.Name {
		case "__schema":
			value = recording()["__schema"]
		case "__type":
			value = recordedType(field, variables)
		default:
			value = "Query"
		}
		data = append(data, entry{field.Alias, cutOut(value, field.SelectionSet, doc.ast.Fragments)})
	}
	return answer{http.StatusOK, body(nil, encode(data))}
}

func recordedType(field *ast.Field, variables map[string]any) any {
	name := ""
	if arg := field.Arguments.ForName("name"); arg != nil {
		name = arg.Value.Raw
		if arg.Value.Kind == ast.Variable {
			name, _ = variables[arg.Value.Raw].(string)
		}
	}
	schema, _ := recording()["__schema"].(map[string]any)
	types, _ := schema["types"].([]any)
	for _, t := range types {
		if t, ok := t.(map[string]any); ok && t["name"] == name {
			return t
		}
	}
	return nil
}

func cutOut(value any, set ast.SelectionSet, fragments ast.FragmentDefinitionList) any {
	switch v := value.(type) {
	case []any:
		out := make([]any, len(v))
		for i, item := range v {
			out[i] = cutOut(item, set, fragments)
		}
		return out
	case map[string]any:
		return cutObject(v, set, fragments)
	default:
		return value
	}
}

func cutObject(v map[string]any, set ast.SelectionSet, fragments ast.FragmentDefinitionList) ordered {
	out := ordered{}
	for _, field := range open(set, fragments) {
		known, ok := v[field.Name]
		if !ok && (field.Name == "isRepeatable" || field.Name == "isDeprecated") {
			known = false // newer than the recording, and never null
		}
		if !out.has(field.Alias) {
			out = append(out, entry{field.Alias, cutOut(known, field.SelectionSet, fragments)})
		}
	}
	return out
}
