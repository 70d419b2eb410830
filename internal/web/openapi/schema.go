package openapi

import (
	"cmp"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// schemas collects what a document says of types.
type schemas struct {
	api   *API
	named map[string]object
	types map[string]reflect.Type
	order []string
	said  map[string]bool // words that were used
	lacks []string        // fields without words
}

// of gives the schema of a type: a reference for one that has a name of its own.
func (s *schemas) of(t reflect.Type) object {
	switch {
	case t == reflect.TypeFor[json.RawMessage]():
		return object{{"type", "object"}}
	case t == reflect.TypeFor[time.Time]():
		return object{{"type", "string"}, {"format", "date-time"}}
	case s.api.Enums[t] != nil, t.Kind() == reflect.Struct:
		return object{{"$ref", "#/components/schemas/" + s.name(t)}}
	case t.Kind() == reflect.Pointer:
		return orNull(s.of(t.Elem()))
	case t.Kind() == reflect.Slice:
		return object{{"type", "array"}, {"items", s.of(t.Elem())}}
	}
	return plain(t)
}

// plain gives the schema of what is neither a list nor a struct.
func plain(t reflect.Type) object {
	switch t.Kind() { //nolint:exhaustive // what an answer is made of
	case reflect.String:
		return object{{"type", "string"}}
	case reflect.Bool:
		return object{{"type", "boolean"}}
	case reflect.Int:
		return object{{"type", "integer"}}
	case reflect.Int64:
		return object{{"type", "integer"}, {"format", "int64"}}
	case reflect.Float64:
		return object{{"type", "number"}, {"format", "double"}}
	}
	panic(fmt.Sprintf("%s has no place in an answer", t))
}

// orNull lets a schema be null, too.
func orNull(schema object) object {
	if schema[0].key == "type" {
		return append(object{{"type", []any{schema[0].value, "null"}}}, schema[1:]...)
	}
	return object{{"anyOf", []any{schema, object{{"type", "null"}}}}}
}

// name gives the name of a type and sees that the document has it.
func (s *schemas) name(t reflect.Type) string {
	name := named(t)
	if known, ok := s.types[name]; ok {
		if known != t {
			panic(fmt.Sprintf("%s and %s have one name", known, t))
		}
		return name
	}
	s.types[name] = t
	s.order = append(s.order, name)
	if values := s.api.Enums[t]; values != nil {
		s.named[name] = object{{"type", "string"}, {"enum", values}}
		return name
	}
	properties, required := s.fields(t)
	s.named[name] = object{{"type", "object"}}.with("properties", properties).with("required", required)
	return name
}

// named is the name that a document has for a type.
func named(t reflect.Type) string {
	first, size := utf8.DecodeRuneInString(t.Name())
	return string(unicode.ToUpper(first)) + t.Name()[size:]
}

// fields gives what encoding/json writes of a struct, those of embedded ones too.
func (s *schemas) fields(t reflect.Type) (properties object, required []any) {
	for field := range fieldsOf(t) {
		name, options, _ := strings.Cut(field.Tag.Get("json"), ",")
		switch {
		case name == "-":
			continue
		case field.Anonymous && name == "":
			more, needed := s.fields(field.Type)
			properties, required = append(properties, more...), append(required, needed...)
			continue
		}
		name = cmp.Or(name, field.Name)
		properties = append(properties, member{name, s.field(t, field, name)})
		if all := strings.Split(options, ","); !slices.Contains(all, "omitempty") && !slices.Contains(all, "omitzero") {
			required = append(required, name)
		}
	}
	return properties, required
}

// field gives the schema of a field, with its words.
func (s *schemas) field(t reflect.Type, field reflect.StructField, name string) object {
	key := named(t) + "." + name
	schema := s.of(field.Type)
	if s.api.Null[key] {
		schema = orNull(schema)
	}
	words := s.api.Words[key]
	if words == "" {
		s.lacks = append(s.lacks, key)
	}
	s.said[key] = true
	return schema.with("description", words)
}

// fieldsOf goes through the fields that encoding/json looks at.
func fieldsOf(t reflect.Type) func(yield func(reflect.StructField) bool) {
	return func(yield func(reflect.StructField) bool) {
		for field := range t.Fields() {
			if (field.IsExported() || field.Anonymous) && !yield(field) {
				return
			}
		}
	}
}
