package jq

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/itchyny/gojq"

	"speckle-runner/internal/jobs/spelling"
)

// builtins are the functions of gojq, with the numbers of arguments they take.
var builtins = sync.OnceValue(func() map[string][]int {
	all := map[string][]int{}
	query, err := gojq.Parse("builtins")
	if err != nil {
		return all
	}
	listed, _ := query.Run(nil).Next()
	signatures, _ := listed.([]any)
	for _, s := range signatures {
		text, _ := s.(string)
		name, arity, _ := strings.Cut(text, "/")
		if n, err := strconv.Atoi(arity); err == nil && forbidden[name] == [2]string{} {
			all[name] = append(all[name], n)
		}
	}
	return all
})

// elsewhere are functions of other languages, and what jq calls them.
var elsewhere = map[string]string{
	"filter": "select", "where": "select", "count": "length", "len": "length", "size": "length", "concat": "add",
	"sum": "add", "lower": "ascii_downcase", "tolowercase": "ascii_downcase", "lowercase": "ascii_downcase",
	"upper": "ascii_upcase", "touppercase": "ascii_upcase", "uppercase": "ascii_upcase", "replace": "gsub",
	"substring": ".[start:end]", "substr": ".[start:end]", "int": "tonumber", "float": "tonumber", "str": "tostring",
	"string": "tostring", "includes": "contains", "distinct": "unique", "uniq": "unique", "coalesce": "//",
	"order_by": "sort_by", "foreach": ".[]", "undefined": "null", "none": "null", "nil": "null", "typeof": "type",
}

func functionHint(text string, offset int, one name, found names) string {
	arities := builtins()[one.text]
	for _, other := range found {
		if other.text == one.text && other.arity == definition {
			return one.text + " is defined with another number of arguments; they are separated by ;"
		}
	}
	if len(arities) > 0 {
		return fmt.Sprintf("%s takes %s", one.text, argumentsText(arities))
	}
	if offset > 0 && text[offset-1] == '-' && one.arity == 0 {
		return fmt.Sprintf(`a name with a - in it is written in quotes: ."…-%s"`, one.text)
	}
	if other := elsewhere[strings.ToLower(one.text)]; other != "" {
		return fmt.Sprintf("did you mean %s?", other)
	}
	known := make([]string, 0, len(builtins()))
	for name := range builtins() {
		known = append(known, name)
	}
	for _, other := range found {
		if other.arity == definition && !strings.HasPrefix(other.text, "$") {
			known = append(known, other.text)
		}
	}
	slices.Sort(known)
	if hint := didYouMean(one.text, known); hint != "" {
		return hint
	}
	if one.arity == 0 {
		return fmt.Sprintf("write .%s for a field and %q for text", one.text, one.text)
	}
	return ""
}

func argumentsText(arities []int) string {
	var counts []string
	for _, n := range arities {
		counts = append(counts, strconv.Itoa(n))
	}
	text := counts[len(counts)-1]
	if len(counts) > 1 {
		text = strings.Join(counts[:len(counts)-1], ", ") + " or " + text
	}
	switch text {
	case "0":
		return "no arguments"
	case "1":
		return "1 argument"
	}
	return text + " arguments, separated by ;"
}

func variableHint(written string, found names) string {
	switch written {
	case "$record", "$item", "$row", "$input", "$this", "$it":
		return "the record is ."
	case "$run":
		return "the run has no name in a program; $tick is the time it was due"
	}
	known := slices.Clone(variables)
	for _, one := range found {
		if one.text == written && !one.free {
			return written + " is known in another part of the program only"
		}
		if strings.HasPrefix(one.text, "$") && !one.free && !slices.Contains(known, one.text) {
			known = append(known, one.text)
		}
	}
	if hint := didYouMean(written, known); hint != "" {
		return hint
	}
	return "known are $data, $each, $job, $tick, $last_success and $version"
}

// syntaxHint knows what people write who come from other languages.
func syntaxHint(text string, offset int, token string) string {
	from := text[min(max(offset, 0), len(text)):]
	before := text[:len(text)-len(from)]
	switch {
	case strings.HasPrefix(from, "&"):
		return "write and"
	case strings.HasPrefix(from, "|") && strings.HasSuffix(before, "|"):
		return "write or, or // for a value in place of null"
	case strings.HasPrefix(from, "!"):
		return "write (…) | not"
	case strings.HasPrefix(from, "'"):
		return "text stands in double quotes"
	case strings.HasPrefix(from, "=") && strings.HasSuffix(strings.TrimRight(before, " "), "="):
		return "write == to compare"
	case strings.HasPrefix(from, ">") && strings.HasSuffix(before, "<"):
		return "write != for not equal"
	case strings.HasPrefix(token, "@"):
		return `a computed key stands in parentheses: {(@base64 "x"): 1}`
	case strings.HasPrefix(from, "else") && strings.HasSuffix(before, "else "):
		return "write elif"
	case len(token) > 0 && token[0] >= 0x80:
		return "a name with such a character is written in quotes: .\"…\""
	case strings.HasSuffix(before, "..") && len(token) > 0 && isLetter(token[0]):
		return "write .. | ." + token
	}
	return ""
}

func didYouMean(written string, known []string) string {
	if word := nearest(written, known); word != "" {
		return fmt.Sprintf("did you mean %s?", word)
	}
	return ""
}

// nearest gives the known word that a written one was meant to be, or "".
func nearest(written string, known []string) string {
	if len(written) > 40 {
		return ""
	}
	return spelling.Nearest(fold(written), known, fold, 1+len(strings.TrimLeft(written, "$@"))/3)
}

// fold makes lastSuccess and last_success one.
func fold(word string) string { return strings.ReplaceAll(strings.ToLower(word), "_", "") }
