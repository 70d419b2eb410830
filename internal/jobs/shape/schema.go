package shape

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

const (
	sizePattern     = `^[0-9]+ *(B|[KMGT]i?B)?$`
	durationPattern = `^([0-9]+(\.[0-9]+)?(ns|us|µs|ms|s|m|h))+$|^0$`
	percentPattern  = `^\s*[0-9.]+\s*%\s*$`
)

// SchemaJSON gives the JSON Schema of a job file, for editors. It knows the
// shape: what stands where. What can only be judged with the whole file in
// view, such as a query's variables, Load finds.
func SchemaJSON() ([]byte, error) {
	root := shapeSchema(reflect.TypeFor[File]())
	root["$schema"] = "https://json-schema.org/draft/2020-12/schema"
	root["title"] = "Job file of runner"
	root["patternProperties"] = object{"^x-": object{"description": "Yours: a place for anchors."}}
	root["$defs"] = object{
		"job":        shapeSchema(reflect.TypeFor[Job]()),
		"for_each":   shapeSchema(reflect.TypeFor[ForEach]()),
		"output":     shapeSchema(reflect.TypeFor[Output]()),
		"column":     shapeSchema(reflect.TypeFor[Column]()),
		"notify":     shapeSchema(reflect.TypeFor[Notify]()),
		"summarize":  shapeSchema(reflect.TypeFor[Summarize]()),
		"smtp":       shapeSchema(reflect.TypeFor[SMTP]()),
		"on_version": shapeSchema(reflect.TypeFor[OnVersion]()),
		"elements":   shapeSchema(reflect.TypeFor[Elements]()),
		"property":   shapeSchema(reflect.TypeFor[Property]()),
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(root); err != nil {
		return nil, fmt.Errorf("write the JSON Schema: %w", err)
	}
	return b.Bytes(), nil
}

// definitions names the shapes that stand in several places.
var definitions = map[reflect.Type]string{
	reflect.TypeFor[Job](): "job", reflect.TypeFor[ForEach](): "for_each", reflect.TypeFor[Output](): "output",
	reflect.TypeFor[Column](): "column", reflect.TypeFor[Notify](): "notify",
	reflect.TypeFor[Elements](): "elements", reflect.TypeFor[Property](): "property", reflect.TypeFor[OnVersion](): "on_version",
	reflect.TypeFor[Summarize](): "summarize", reflect.TypeFor[SMTP](): "smtp",
}

func shapeRef(t reflect.Type) object {
	if name := definitions[t]; name != "" {
		return object{"$ref": "#/$defs/" + name}
	}
	return shapeSchema(t)
}

// shapeSchema describes one mapping: its keys, those that are required, and
// the groups of which one is.
func shapeSchema(t reflect.Type) object {
	keys := KeysOf(t)
	properties := object{}
	var required []string
	for _, k := range keys {
		s := FieldOf(reflect.New(t).Elem(), k).schema(k)
		s["description"] = describe(k)
		if value, ok := jsonDefault(k); ok {
			s["default"] = value
		}
		properties[k.Name] = s
		if k.need && k.group == "" {
			required = append(required, k.Name)
		}
	}
	out := object{"type": "object", "properties": properties, "additionalProperties": false}
	if required != nil {
		out["required"] = required
	}
	if all := groupSchemas(t, keys); all != nil {
		out["allOf"] = all
	}
	return out
}

// groupSchemas says of each group how many of its keys there may be. A job's
// token may come from defaults, so it is required by Load only.
func groupSchemas(t reflect.Type, keys []Key) []any {
	var all []any
	for _, group := range groups(keys) {
		var one []any
		need := false
		for _, k := range keys {
			if k.group == group {
				one = append(one, object{"required": []string{k.Name}})
				need = need || k.need && (k.own || t != reflect.TypeFor[Job]() && t != defaultsType)
			}
		}
		if need {
			all = append(all, object{"oneOf": one})
			continue
		}
		for i := range one {
			for _, other := range one[i+1:] {
				all = append(all, object{"not": object{"allOf": []any{one[i], other}}})
			}
		}
	}
	if one := oneAtLeast(keys); one != nil {
		all = append(all, object{"anyOf": one})
	}
	return all
}

// oneAtLeast says of which keys one has to be there at least.
func oneAtLeast(keys []Key) (list []object) {
	for _, name := range anyOf(keys) {
		list = append(list, object{"required": []string{name}})
	}
	return list
}

// groups gives the groups of keys, in order.
func groups(keys []Key) []string {
	var list []string
	for _, k := range keys {
		if k.group != "" && !slices.Contains(list, k.group) {
			list = append(list, k.group)
		}
	}
	return list
}

// describe is the text that an editor shows.
func describe(k Key) string {
	text := strings.ReplaceAll(k.doc, "`", "")
	if k.Of == nil {
		return text
	}
	words := make([]string, len(k.Of))
	for i, kind := range k.Of {
		words[i] = kind.Word()
	}
	return "Of " + strings.Join(words, " or ") + ". " + text
}

// jsonDefault gives a default that is a value of the file.
func jsonDefault(k Key) (any, bool) {
	switch k.fallback {
	case "true", "false":
		return k.fallback == "true", true
	case "{}":
		return object{}, true
	case "[failure, recovery, undelivered]":
		return []string{"failure", "recovery", "undelivered"}, true
	}
	if n, err := strconv.Atoi(k.fallback); err == nil {
		return n, true
	}
	ok := k.fallback != "" && (slices.Contains(k.enum, k.fallback) || !strings.Contains(k.fallback, " ") && k.max != "") && k.fallback != "all"
	return k.fallback, ok
}

func (t *Text) schema(k Key) object {
	s := object{"type": "string", "minLength": 1}
	switch {
	case k.enum != nil:
		return object{"enum": k.enum}
	case k.kind == "env":
		s["pattern"] = EnvPattern().String()
	case k.kind == "id":
		s["not"] = object{"pattern": "[/:\\s]"}
	case k.kind == "server" || k.kind == "address":
		s["pattern"] = "^https?://"
	}
	return s
}

func (t *Texts) schema(k Key) object {
	item := object{"type": "string", "minLength": 1}
	if k.enum != nil {
		item = object{"enum": k.enum}
	}
	list := object{"type": "array", "items": item, "uniqueItems": true}
	switch k.kind {
	case "schedule":
		list["minItems"] = 1
		return object{"oneOf": []any{item, list}}
	case "scope":
		item["examples"] = KnownScopes()
	case "id":
		item, list["minItems"] = (&Text{}).schema(Key{kind: k.kind}), 1
		list["items"] = item
	default:
		if k.Name != "ignore" {
			list["minItems"] = 1
		}
	}
	return list
}

func (f *Flag) schema(Key) object { return object{"type": "boolean"} }

func (c *Count) schema(k Key) object {
	least, _ := strconv.Atoi(k.min)
	most, _ := strconv.Atoi(k.max)
	return object{"type": "integer", "minimum": least, "maximum": most}
}

func (d *Duration) schema(k Key) object {
	written := object{"type": "string", "pattern": durationPattern}
	if k.min == "0" {
		return object{"oneOf": []any{written, object{"const": 0}}}
	}
	return written
}

func (s *Size) schema(k Key) object {
	written := object{"type": "string", "pattern": sizePattern}
	return object{"oneOf": []any{written, object{"type": "integer", "minimum": bytesOf(k.min), "maximum": bytesOf(k.max)}}}
}

func (s *Share) schema(Key) object { return object{"type": "string", "pattern": percentPattern} }

func (w *Raw) schema(Key) object { return object{"type": []string{"object", "null"}} }

func (p *Pairs) schema(k Key) object {
	return object{"type": "object", "additionalProperties": (&Text{}).schema(Key{kind: k.kind})}
}

func (l *List[T]) schema(k Key) object {
	s := object{"type": "array", "items": shapeRef(reflect.TypeFor[T]())}
	if k.need {
		s["minItems"] = 1
	}
	return s
}

func (o *Opt[T]) schema(Key) object { return shapeRef(reflect.TypeFor[T]()) }

func (m *Jobs) schema(Key) object {
	return object{
		"type": "object", "minProperties": 1, "propertyNames": object{"pattern": namePattern().String(), "maxLength": maxName},
		"additionalProperties": shapeRef(reflect.TypeFor[Job]()),
	}
}

func (w *Arguments) schema(Key) object {
	return object{"type": "array", "items": object{"type": "string"}, "minItems": 1}
}

func (l *Columns) schema(Key) object {
	return object{"type": "array", "minItems": 1, "uniqueItems": true, "items": object{"oneOf": []any{
		object{"type": "string", "minLength": 1}, shapeRef(reflect.TypeFor[Column]()),
	}}}
}

func (c *Conditions) schema(Key) object {
	value := object{"type": []string{"string", "number", "boolean"}}
	return object{"type": "object", "minProperties": 1, "additionalProperties": object{"oneOf": []any{
		value, object{"type": "array", "minItems": 1, "uniqueItems": true, "items": value},
	}}}
}

func (p *Properties) schema(Key) object {
	return object{"type": "object", "minProperties": 1, "additionalProperties": object{"oneOf": []any{
		object{"type": "string", "minLength": 1}, shapeRef(reflect.TypeFor[Property]()),
	}}}
}
