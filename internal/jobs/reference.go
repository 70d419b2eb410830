package jobs

import (
	_ "embed"
	"fmt"
	"reflect"
	"regexp"
	"strings"
)

// referenceText is the page without its tables, each of which stands where
// its mark is.
//
//go:embed reference.md
var referenceText string

var tableMark = regexp.MustCompile(`(?m)^<!-- keys: (\S+) ?(\S*) -->$`)

// ReferenceMarkdown gives docs/job-file.md: every key, from the structs that
// the file is read into.
func ReferenceMarkdown() ([]byte, error) {
	shapes := map[string]reflect.Type{
		"file": reflect.TypeFor[fileShape](), "job": reflect.TypeFor[job](), "for_each": reflect.TypeFor[forEach](),
		"output": reflect.TypeFor[outlet](), "column": reflect.TypeFor[column](), "notify": reflect.TypeFor[notify](),
		"elements": reflect.TypeFor[elementsKey](), "property": reflect.TypeFor[property](), "on_version": reflect.TypeFor[onVersionKey](),
		"summarize": reflect.TypeFor[summarizeKey](),
	}
	var wrong error
	page := tableMark.ReplaceAllStringFunc(referenceText, func(mark string) string {
		parts := tableMark.FindStringSubmatch(mark)
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
	for _, k := range keysOf(shape) {
		if !inTable(k, of) {
			continue
		}
		fallback := k.fallback
		switch {
		case k.need && k.group == "":
			fallback = "required"
		case k.need:
			fallback = "required, exactly one of " + strings.Join(backticked(names(keysOf(shape), k.group)), ", ")
		case k.any != "":
			fallback = "required, one of " + strings.Join(backticked(anyOf(keysOf(shape))), ", ") + " or both"
		case fallback != "" && !strings.Contains(fallback, " ") && fallback != "off" && fallback != "all" && fallback != "found":
			fallback = "`" + fallback + "`"
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", k.name, escapePipes(k.doc), escapePipes(kindOf(fieldOf(v, k), k)), escapePipes(fallback))
	}
	return strings.TrimRight(b.String(), "\n")
}

// anyOf gives the keys of which one has to be there at least.
func anyOf(keys []key) (list []string) {
	for _, k := range keys {
		if k.any != "" {
			list = append(list, k.name)
		}
	}
	return list
}

func inTable(k key, of string) bool {
	switch of {
	case "":
		return true
	case "both":
		return k.of == "" && k.group != "target"
	case string(toWebhook):
		return k.of == toWebhook || k.group == "target" && k.name != "file"
	}
	return string(k.of) == of || k.name == of
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
func kindOf(f field, k key) string {
	switch f.(type) {
	case *flag:
		return "`true` or `false`"
	case *count:
		return k.min + " to " + k.max
	case *duration:
		return "duration, " + k.min + " to " + k.max
	case *size:
		return "size, " + k.min + " to " + k.max
	case *share:
		return "percentage"
	case *raw, *jobMap:
		return "mapping"
	case *conditions:
		return "mapping of names to a value or a list"
	case *properties:
		return "mapping of names to text or a mapping, see below"
	case *pairs:
		return "mapping of text"
	case *arguments:
		return "list of text"
	case *texts:
		if k.enum != nil {
			return "list of " + strings.Join(backticked(k.enum), ", ")
		}
		if k.kind == "schedule" {
			return "text, or a list of text"
		}
		return "list of text"
	case *text:
		switch {
		case k.enum != nil:
			return strings.Join(backticked(k.enum), ", ")
		case k.kind == "env":
			return "name of a variable"
		}
		return "text"
	case *cols:
		return "list of text and mappings, see below"
	case *opt[defaults], *opt[forEach], *opt[elementsKey], *opt[onVersionKey], *opt[summarizeKey]:
		return "mapping, see below"
	}
	return "list, see below"
}
