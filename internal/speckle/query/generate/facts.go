package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"

	"speckle-runner/internal/speckle/introspect"
)

// field is one field's line in the file.
type field struct {
	Type             string            `json:"type"`
	Args             map[string]string `json:"args,omitempty"`
	ArgDefaults      map[string]any    `json:"argDefaults,omitempty"`
	ServerRole       string            `json:"serverRole,omitempty"`
	Scopes           []string          `json:"scopes,omitempty"`
	StreamRole       string            `json:"streamRole,omitempty"`
	WorkspaceRole    string            `json:"workspaceRole,omitempty"`
	OwnerOrAdminOnly bool              `json:"ownerOrAdminOnly,omitempty"`
	Deprecated       bool              `json:"deprecated,omitempty"`
	ScopesUnknown    bool              `json:"scopesUnknown,omitempty"`
}

// held are the lines that no schema tells: they are kept as they stand.
var held = []string{"scopes", "resolverScopeChecks", "nullWithoutErrorFields", "advised"}

// schema is one that was read, and what stands in the file before it.
type schema struct {
	old      map[string]json.RawMessage
	oldTypes map[string]map[string]field

	types      map[string]map[string]field
	inputs     map[string]inputs
	enums      map[string][]string
	unions     map[string][]string
	interfaces map[string][]string
	warnings   []string
}

type inputs struct {
	Fields   map[string]string `json:"fields"`
	Defaults map[string]any    `json:"defaults,omitempty"`
}

// facts makes the new file of an old one and the texts of schemas, by the names
// of their files. Warnings say what a person has to look at.
func facts(old []byte, source string, texts map[string][]byte) (made []byte, warnings []string, err error) {
	s := &schema{
		types: map[string]map[string]field{}, inputs: map[string]inputs{}, enums: map[string][]string{},
		unions: map[string][]string{}, interfaces: map[string][]string{},
	}
	if err := json.Unmarshal(old, &s.old); err != nil {
		return nil, nil, fmt.Errorf("read the old facts: %w", err)
	}
	if err := json.Unmarshal(s.old["types"], &s.oldTypes); err != nil {
		return nil, nil, fmt.Errorf("read the old facts: %w", err)
	}
	for _, name := range slices.Sorted(maps.Keys(texts)) {
		if err := s.add(name, texts[name]); err != nil {
			return nil, nil, fmt.Errorf("%s: %w", name, err)
		}
	}
	if len(s.types["Query"]) == 0 {
		return nil, nil, fmt.Errorf("there is no type Query in %d schema files", len(texts))
	}
	if source != "" {
		s.old["source"] = encode(source + "; names, types and scopes only, no descriptions")
	}
	s.complain()
	return s.written(), s.warnings, nil
}

// add reads one file. Introspection is JSON, type definitions are not.
func (s *schema) add(name string, text []byte) error {
	shows := !strings.HasPrefix(strings.TrimSpace(string(text)), "{")
	var doc *ast.SchemaDocument
	var err error
	if shows {
		doc, err = parser.ParseSchema(&ast.Source{Name: name, Input: string(text)})
	} else {
		doc, err = introspect.Document(data(text))
	}
	if err != nil {
		return err
	}
	for _, d := range append(doc.Definitions, doc.Extensions...) {
		s.define(d, shows)
	}
	return nil
}

// data unwraps a whole answer.
func data(text []byte) []byte {
	var answer struct{ Data json.RawMessage }
	if json.Unmarshal(text, &answer) == nil && len(answer.Data) > 0 {
		return answer.Data
	}
	return text
}

// define adds a type, or a part of one.
func (s *schema) define(d *ast.Definition, shows bool) {
	switch d.Kind {
	case ast.Object, ast.Interface:
		if s.types[d.Name] == nil {
			s.types[d.Name] = map[string]field{}
		}
		for _, f := range d.Fields {
			s.types[d.Name][f.Name] = s.field(d.Name, f, shows)
		}
		for _, i := range d.Interfaces {
			s.interfaces[i] = union(s.interfaces[i], d.Name)
		}
	case ast.Union:
		s.unions[d.Name] = union(s.unions[d.Name], d.Types...)
	case ast.Enum:
		for _, v := range d.EnumValues {
			s.enums[d.Name] = append(s.enums[d.Name], v.Name)
		}
	case ast.InputObject:
		if s.inputs[d.Name].Fields == nil {
			s.inputs[d.Name] = inputs{map[string]string{}, map[string]any{}}
		}
		for _, f := range d.Fields {
			s.inputs[d.Name].Fields[f.Name] = f.Type.String()
			if f.DefaultValue != nil {
				s.inputs[d.Name].Defaults[f.Name], _ = f.DefaultValue.Value(nil)
			}
		}
	}
}

func union(list []string, more ...string) []string {
	list = append(list, more...)
	slices.Sort(list)
	return slices.Compact(list)
}

func (s *schema) field(typ string, f *ast.FieldDefinition, shows bool) field {
	out := field{Type: f.Type.String(), Deprecated: f.Directives.ForName("deprecated") != nil}
	for _, a := range f.Arguments {
		if out.Args == nil {
			out.Args = map[string]string{}
		}
		out.Args[a.Name] = a.Type.String()
		if a.DefaultValue == nil {
			continue
		}
		if out.ArgDefaults == nil {
			out.ArgDefaults = map[string]any{}
		}
		out.ArgDefaults[a.Name], _ = a.DefaultValue.Value(nil) // a default holds no variable
	}
	if shows {
		out.directives(f.Directives)
		return out
	}
	old, known := s.oldTypes[typ][f.Name]
	out.ServerRole, out.Scopes, out.StreamRole, out.WorkspaceRole = old.ServerRole, old.Scopes, old.StreamRole, old.WorkspaceRole
	out.OwnerOrAdminOnly = old.OwnerOrAdminOnly
	out.ScopesUnknown = old.ScopesUnknown || !known
	return out
}

// directives are Speckle's own.
func (f *field) directives(list ast.DirectiveList) {
	for _, d := range list {
		argument := func(name string) *ast.Value {
			if a := d.Arguments.ForName(name); a != nil {
				return a.Value
			}
			return &ast.Value{}
		}
		switch d.Name {
		case "hasScope":
			f.Scopes = append(f.Scopes, argument("scope").Raw)
		case "hasScopes":
			for _, child := range argument("scopes").Children {
				f.Scopes = append(f.Scopes, child.Value.Raw)
			}
		case "hasServerRole":
			f.ServerRole = argument("role").Raw
		case "hasStreamRole":
			f.StreamRole = argument("role").Raw
		case "hasWorkspaceRole":
			f.WorkspaceRole = argument("role").Raw
		case "isOwner":
			f.OwnerOrAdminOnly = true
		}
	}
}

// complain says what the new schema and the lines that are kept disagree on.
func (s *schema) complain() {
	var scopes map[string]any
	var checks, silent []struct{ Field string }
	_ = json.Unmarshal(s.old["scopes"], &scopes)
	_ = json.Unmarshal(s.old["resolverScopeChecks"], &checks)
	_ = json.Unmarshal(s.old["nullWithoutErrorFields"], &silent)
	for _, c := range append(checks, silent...) {
		typ, name, _ := strings.Cut(c.Field, ".")
		if _, known := s.types[typ][name]; !known {
			s.warnings = append(s.warnings, c.Field+" is gone: look at what resolverScopeChecks and nullWithoutErrorFields say of it")
		}
	}
	for typ, fields := range s.types {
		for name, f := range fields {
			for _, scope := range f.Scopes {
				if _, known := scopes[scope]; !known {
					s.warnings = append(s.warnings, fmt.Sprintf("%s.%s asks for %s, which the list of scopes doesn't have", typ, name, scope))
				}
			}
			if f.ScopesUnknown {
				s.warnings = append(s.warnings, fmt.Sprintf("%s.%s is new: an introspection doesn't tell its scopes", typ, name))
			}
		}
	}
	slices.Sort(s.warnings)
}

// written gives the file: one line for each part, and one for each type, which
// is how internal/speckle finds them.
func (s *schema) written() []byte {
	var out bytes.Buffer
	fmt.Fprintf(&out, "{\"source\":%s,\n", s.old["source"])
	for _, name := range held {
		if len(s.old[name]) > 0 {
			fmt.Fprintf(&out, "%q:%s,\n", name, s.old[name])
		}
	}
	fmt.Fprintf(&out, "\"unions\":%s,\n\"interfaces\":%s,\n\"enums\":%s,\n\"inputs\":%s,\n\"types\":{\n",
		encode(s.unions), encode(s.interfaces), encode(s.enums), encode(s.inputs))
	for i, name := range slices.Sorted(maps.Keys(s.types)) {
		if i > 0 {
			out.WriteString(",\n")
		}
		fmt.Fprintf(&out, "%q:%s", name, encode(s.types[name]))
	}
	out.WriteString("\n}}\n")
	return out.Bytes()
}

// encode writes JSON on one line, with names in order.
func encode(v any) []byte {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(v) // maps, lists and texts
	return bytes.TrimSpace(out.Bytes())
}
