package openapi

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// scheme is the name of the token among a document's security schemes.
const scheme = "token"

// Document gives an API's document. It fails where a field has no words, and
// where words have no field.
func Document(api API) ([]byte, error) {
	s := &schemas{api: &api, named: map[string]object{}, types: map[string]reflect.Type{}, said: map[string]bool{}}
	paths, failures := s.paths(), s.failures()
	if unused := s.unused(); len(s.lacks)+len(unused) > 0 {
		return nil, fmt.Errorf("fields without words: %s; words without a field: %s",
			strings.Join(s.lacks, ", "), strings.Join(unused, ", "))
	}
	return json.Marshal(object{
		{"openapi", "3.1.1"},
		{"info", object{{"title", api.Title}, {"version", api.Version}}.with("description", api.Description)},
		{"servers", []any{object{{"url", api.Server}}}},
		{"security", []any{object{{scheme, []any{}}}}},
		{"paths", paths},
		{"components", object{
			{"schemas", s.components()},
			{"responses", failures},
			{"securitySchemes", object{{scheme, object{{"type", "http"}, {"scheme", "bearer"}}.with("description", api.Token)}}},
		}},
	})
}

// paths gives every operation, those of one path together.
func (s *schemas) paths() object {
	var paths object
	at := map[string]int{}
	for _, o := range s.api.Operations {
		i, known := at[o.Path]
		if !known {
			i = len(paths)
			at[o.Path] = i
			paths = append(paths, member{o.Path, object{}})
		}
		methods, _ := paths[i].value.(object)
		paths[i].value = append(methods, member{strings.ToLower(o.Method), s.operation(o)})
	}
	return paths
}

func (s *schemas) operation(o Operation) object {
	var parameters []any
	for _, p := range append(s.wildcards(o.Path), o.Parameters...) {
		parameters = append(parameters, s.parameter(p))
	}
	var responses object
	for _, a := range o.Answers {
		responses = append(responses, member{strconv.Itoa(a.Status), s.answer(a)})
	}
	for _, status := range slices.Sorted(slices.Values(o.Fails)) {
		responses = append(responses, member{strconv.Itoa(status), object{{"$ref", "#/components/responses/" + nameOf(status)}}})
	}
	told := object{{"operationId", o.ID}, {"summary", o.Summary}}.with("tags", []any{o.Tag}).with("parameters", parameters)
	if o.Open {
		told = append(told, member{"security", []any{}})
	}
	return told.with("responses", responses)
}

// wildcards gives the parameters that stand in a path.
func (s *schemas) wildcards(path string) []Parameter {
	var all []Parameter
	for part := range strings.SplitSeq(path, "/") {
		if name, is := strings.CutPrefix(part, "{"); is {
			p, known := s.api.Wildcards[strings.TrimSuffix(name, "}")]
			if !known {
				panic(path + " has a wildcard that nothing is said of")
			}
			all = append(all, p)
		}
	}
	return all
}

func (s *schemas) parameter(p Parameter) object {
	schema := s.of(p.Type).with("format", p.Format)
	if p.Most > 0 {
		schema = append(schema, member{"minimum", 1}, member{"maximum", p.Most})
	}
	told := object{{"name", p.Name}, {"in", p.In}, {"description", p.Description}}
	if p.In == "path" {
		told = append(told, member{"required", true})
	}
	if p.Repeated {
		schema = object{{"type", "array"}, {"items", schema}}
		told = append(told, member{"style", "form"}, member{"explode", true})
	}
	return append(told, member{"schema", schema})
}

func (s *schemas) answer(a Answer) object {
	var headers, content object
	for _, h := range a.Headers {
		told := object{{"description", h.Description}}
		if !h.Sometimes {
			told = append(told, member{"required", true})
		}
		headers = append(headers, member{h.Name, append(told, member{"schema", object{{"type", "string"}}})})
	}
	if a.Body != nil {
		content = object{{a.Kind, object{{"schema", s.of(a.Body)}}}}
	}
	return object{{"description", a.Description}}.with("headers", headers).with("content", content)
}

func (s *schemas) failures() object {
	var all object
	for _, status := range slices.Sorted(maps.Keys(s.api.Failures)) {
		a := s.api.Failures[status]
		a.Status = status
		all = append(all, member{nameOf(status), s.answer(a)})
	}
	return all
}

// nameOf is a status as a component's name may be, NotFound.
func nameOf(status int) string { return strings.ReplaceAll(http.StatusText(status), " ", "") }

func (s *schemas) components() object {
	var all object
	for _, name := range s.order {
		all = append(all, member{name, s.named[name]})
	}
	return all
}

// unused gives words that no field has.
func (s *schemas) unused() []string {
	var all []string
	for _, key := range slices.Sorted(maps.Keys(s.api.Words)) {
		if !s.said[key] {
			all = append(all, key)
		}
	}
	return all
}
