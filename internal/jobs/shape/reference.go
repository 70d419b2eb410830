package shape

import (
	_ "embed"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"speckle-runner/internal/pattern"
)

// referenceText is the page without its tables, each of which stands where
// its mark is.
//
//go:embed reference.md
var referenceText string

var tableMark = pattern.New(`(?m)^<!-- keys: (\S+) ?(\S*) -->$`)

// ReferenceMarkdown gives docs/job-file.md: every key, from the structs that
// the file is read into.
func ReferenceMarkdown() ([]byte, error) {
	shapes := map[string]reflect.Type{
		"file": reflect.TypeFor[File](), "job": reflect.TypeFor[Job](), "for_each": reflect.TypeFor[ForEach](),
		"output": reflect.TypeFor[Output](), "column": reflect.TypeFor[Column](), "notify": reflect.TypeFor[Notify](),
		"elements": reflect.TypeFor[Elements](), "property": reflect.TypeFor[Property](), "on_version": reflect.TypeFor[OnVersion](),
		"summarize": reflect.TypeFor[Summarize](), "smtp": reflect.TypeFor[SMTP](),
	}
	var wrong error
	page := tableMark().ReplaceAllStringFunc(referenceText, func(mark string) string {
		parts := tableMark().FindStringSubmatch(mark)
		shape, known := shapes[parts[1]]
		if !known {
			wrong = fmt.Errorf("reference.md: no shape %q", parts[1])
			return mark
		}
		return table(shape, parts[2])
	})
	return []byte(page), wrong
}

// table lists the keys of a shape. Of an output's, only those of one kind of
// target and its own, or those of both.
func table(shape reflect.Type, of string) string {
	var b strings.Builder
	b.WriteString("| key | meaning | value | default |\n|---|---|---|---|\n")
	v := reflect.New(shape).Elem()
	for _, k := range KeysOf(shape) {
		if !inTable(k, of) {
			continue
		}
		fallback := k.fallback
		switch {
		case k.need && k.group == "":
			fallback = "required"
		case k.need:
			fallback = "required, exactly one of " + strings.Join(backticked(names(KeysOf(shape), k.group)), ", ")
		case k.any != "":
			fallback = "required, one of " + strings.Join(backticked(anyOf(KeysOf(shape))), ", ") + " or both"
		case fallback != "" && !strings.Contains(fallback, " ") && fallback != "off" && fallback != "all" && fallback != "found":
			fallback = "`" + fallback + "`"
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", k.Name, escapePipes(k.doc), escapePipes(kindOf(FieldOf(v, k), k)), escapePipes(fallback))
	}
	return strings.TrimRight(b.String(), "\n")
}

func inTable(k Key, of string) bool {
	switch of {
	case "":
		return true
	case "both":
		return k.Of == nil && k.group != "target"
	case string(ToWebhook):
		return slices.Contains(k.Of, ToWebhook) || k.Name == "webhook" || k.Name == "webhook_env"
	}
	return slices.Contains(k.Of, Destination(of)) || k.Name == of
}

func backticked(list []string) []string {
	out := make([]string, len(list))
	for i, one := range list {
		out[i] = "`" + one + "`"
	}
	return out
}

func escapePipes(text string) string { return strings.ReplaceAll(text, "|", `\|`) }

// kindOf says what kind of value a key takes.
func kindOf(f Field, k Key) string {
	switch f.(type) {
	case *Flag:
		return "`true` or `false`"
	case *Count:
		return k.min + " to " + k.max
	case *Duration:
		return "duration, " + k.min + " to " + k.max
	case *Size:
		return "size, " + k.min + " to " + k.max
	case *Share:
		return "percentage"
	case *Raw, *Jobs:
		return "mapping"
	case *Conditions:
		return "mapping of names to a value or a list"
	case *Properties:
		return "mapping of names to text or a mapping, see below"
	case *Pairs:
		return "mapping of text"
	case *Arguments:
		return "list of text"
	case *Texts:
		if k.enum != nil {
			return "list of " + strings.Join(backticked(k.enum), ", ")
		}
		if k.kind == "schedule" {
			return "text, or a list of text"
		}
		return "list of text"
	case *Text:
		switch {
		case k.enum != nil:
			return strings.Join(backticked(k.enum), ", ")
		case k.kind == "env":
			return "name of a variable"
		}
		return "text"
	case *Columns:
		return "list of text and mappings, see below"
	case *Opt[Defaults], *Opt[ForEach], *Opt[Elements], *Opt[OnVersion], *Opt[Summarize], *Opt[SMTP]:
		return "mapping, see below"
	}
	return "list, see below"
}
