package fake

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// checkVariables says what is wrong with the variables of an operation, in
// graphql-js's words.
func checkVariables(op *ast.OperationDefinition, given map[string]any) []graphError {
	var out []graphError
	for _, v := range op.VariableDefinitions {
		if message := checkVariable(v, given); message != "" {
			problem := newGraphError("BAD_USER_INPUT", message)
			problem.Locations = []location{{v.Position.Line, variableColumn(v)}}
			out = append(out, problem)
		}
	}
	return out
}

// variableColumn is where the "$" stands.
func variableColumn(v *ast.VariableDefinition) int { return v.Position.Column }

func checkVariable(v *ast.VariableDefinition, given map[string]any) string {
	value, present := given[v.Variable]
	if !present {
		if v.Type.NonNull && v.DefaultValue == nil {
			return fmt.Sprintf("Variable \"$%s\" of required type %q was not provided.", v.Variable, v.Type)
		}
		return ""
	}
	if value == nil && v.Type.NonNull {
		return fmt.Sprintf("Variable \"$%s\" of non-null type %q must not be null.", v.Variable, v.Type)
	}
	at, bad, message := checkValue(v.Type, value, v.Variable)
	if message == "" {
		return ""
	}
	where := ""
	if at != v.Variable {
		where = fmt.Sprintf(" at %q", at)
	}
	return fmt.Sprintf("Variable \"$%s\" got invalid value %s%s; %s", v.Variable, encode(bad), where, message)
}

// checkValue gives the place, the value and the reason of the first mistake.
func checkValue(t *ast.Type, value any, at string) (string, any, string) {
	if value == nil {
		if t.NonNull {
			return at, value, fmt.Sprintf("Expected non-nullable type %q not to be null.", t)
		}
		return "", nil, ""
	}
	if t.Elem != nil {
		list, ok := value.([]any)
		if !ok {
			list = []any{value}
		}
		for i, item := range list {
			if where, bad, message := checkValue(t.Elem, item, fmt.Sprintf("%s[%d]", at, i)); message != "" {
				return where, bad, message
			}
		}
		return "", nil, ""
	}
	definition := checked().Types[t.NamedType]
	switch definition.Kind {
	case ast.InputObject:
		return checkInput(definition, value, at)
	case ast.Enum:
		if text, ok := value.(string); !ok || definition.EnumValues.ForName(text) == nil {
			return at, value, fmt.Sprintf("Value %s does not exist in %q enum.", encode(value), t.NamedType)
		}
	default:
		return at, value, checkScalar(t.NamedType, value)
	}
	return "", nil, ""
}

func checkInput(definition *ast.Definition, value any, at string) (string, any, string) {
	fields, ok := value.(map[string]any)
	if !ok {
		return at, value, fmt.Sprintf("Expected type %q to be an object.", definition.Name)
	}
	for _, field := range definition.Fields {
		given, present := fields[field.Name]
		if !present {
			if field.Type.NonNull && field.DefaultValue == nil {
				return at, value, fmt.Sprintf("Field %q of required type %q was not provided.", field.Name, field.Type)
			}
			continue
		}
		if where, bad, message := checkValue(field.Type, given, at+"."+field.Name); message != "" {
			return where, bad, message
		}
	}
	names := make([]string, 0, len(fields))
	for name := range fields {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		if definition.Fields.ForName(name) == nil {
			return at, value, fmt.Sprintf("Field %q is not defined by type %q.", name, definition.Name)
		}
	}
	return "", nil, ""
}

func checkScalar(name string, value any) string {
	shown := strings.TrimSpace(string(encode(value)))
	switch name {
	case "String":
		if _, ok := value.(string); !ok {
			return "String cannot represent a non string value: " + shown
		}
	case "ID":
		n, number := value.(float64)
		if _, ok := value.(string); !ok && (!number || n != math.Trunc(n)) {
			return "ID cannot represent value: " + shown
		}
	case "Int":
		n, ok := value.(float64)
		if !ok || n != math.Trunc(n) {
			return "Int cannot represent non-integer value: " + shown
		}
		if math.Abs(n) > math.MaxInt32 {
			return "Int cannot represent non 32-bit signed integer value: " + shown
		}
	case "Boolean":
		if _, ok := value.(bool); !ok {
			return "Boolean cannot represent a non boolean value: " + shown
		}
	case "DateTime":
		text, _ := value.(string)
		if _, err := parseISO(text); err != nil {
			return "DateTime cannot represent an invalid date-time-string " + shown + "."
		}
	case "JSONObject":
		if _, ok := value.(map[string]any); !ok {
			return "JSONObject cannot represent non-object value: " + shown
		}
	}
	return ""
}
