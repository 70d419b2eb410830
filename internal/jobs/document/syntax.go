package document

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"sort"
	"strings"
	"unicode/utf8"

	"gopkg.in/yaml.v3"

	"speckle-runner/internal/pattern"
)

var syntaxLine = pattern.New(`^yaml: (?:line (\d+): )?`)

// syntaxMessage gives the library's message without its line.
func syntaxMessage(err error) string {
	text := err.Error()
	return text[len(syntaxLine().FindString(text)):]
}

// syntax reports a syntax error. The library names the line at which the
// surrounding block began, if any; the place that people look for is the line
// with which reading begins to fail.
func (c *Collector) syntax(src *Text, err error) {
	message := syntaxMessage(err)
	line := 1 + sort.Search(len(src.lines)-1, func(i int) bool {
		return failure([]byte(strings.Join(src.lines[:i+1], "\n")+"\n")) == message
	})
	if anchor, found := strings.CutPrefix(message, "unknown anchor '"); found {
		name, _, _ := strings.Cut(anchor, "'")
		line = src.firstWith("*" + name)
	}
	if begins := src.unindented(line); begins > 0 {
		text := src.line(begins)
		c.Add(src, begins, 1+len(text)-len(strings.TrimLeft(text, " ")), Problem{
			Message: "this text isn't indented below the line above it", Hint: "indent the whole query by two spaces more than its key",
		})
		return
	}
	text := src.line(line)
	col := 1 + utf8.RuneCountInString(text) - utf8.RuneCountInString(strings.TrimLeft(text, " "))
	told, hint := explain(message, text)
	for _, number := range []int{line, line - 1} {
		if at := oddSpace().FindStringIndex(src.line(number)); at != nil {
			line, col = number, utf8.RuneCountInString(src.line(number)[:at[1]])
			told, hint = "a no-break space, which is no space to YAML", "delete it and type a space: it came with what was pasted"
			break
		}
	}
	c.Add(src, line, col, Problem{Message: told, Hint: hint})
}

var (
	blockHead    = pattern.New(`^( *)(?:- )?[A-Za-z_]+: *[|>][-+0-9]* *$`)
	graphqlStart = pattern.New(`^( *)(?:query\b|mutation\b|fragment\b|\{)`)
)

// oddSpace finds a no-break space where YAML wants a plain one: in the indentation, or
// behind a key's colon or a hyphen. Pages and word processors put them there.
var oddSpace = pattern.New("^[ -]*\u00a0|^[ -]*[A-Za-z_]+: *\u00a0")

// unindented gives the first line, up to one, where a query begins right below
// its key and no deeper, 0 for none: YAML fails somewhere behind it.
func (s *Text) unindented(upTo int) int {
	for number := 1; number < upTo; number++ {
		head := blockHead().FindStringSubmatch(s.line(number))
		below := graphqlStart().FindStringSubmatch(s.line(number + 1))
		if head != nil && below != nil && len(below[1]) <= len(head[1]) && !blockHead().MatchString(s.line(number+1)) {
			return number + 1
		}
	}
	return 0
}

// firstWith gives the first line that holds a text.
func (s *Text) firstWith(text string) int {
	for i, line := range s.lines {
		if strings.Contains(line, text) {
			return i + 1
		}
	}
	return 1
}

// placeholderPattern finds a placeholder inside a word.
var placeholderPattern = pattern.New(`[^\s{]\{[a-z_]+(:[^{}]*)?\}|\{[a-z_]+(:[^{}]*)?\}[^\s},]`)

var (
	// braceFirst finds a value that begins with a placeholder and goes on: YAML takes
	// that for a mapping.
	braceFirst = pattern.New(`^\s*(?:- +)?[A-Za-z_]+: +\{[A-Za-z_.]+(?::[^{}]*)?\}\S`)
	// bareQuery finds a query that begins on its key's line, without quotes.
	bareQuery = pattern.New(`^\s*query: *(?:\{|(?:query|mutation)\b)`)
	// shellVariable finds a variable as shells and Compose files write it.
	shellVariable = pattern.New(`[:,{\[] *\$\{[A-Za-z_]`)
)

// unquoted tells of what has to stand in quotes, and fails in many ways without them;
// "" for something else.
func unquoted(line string) (told, hint string) {
	switch {
	case bareQuery().MatchString(line):
		return "a query that isn't quoted", "write query: | and the query in the lines below it, indented"
	case shellVariable().MatchString(line):
		return "a ${ in a value that isn't quoted", "write the value itself: no variable of the environment is expanded in a job file"
	case braceFirst().MatchString(line):
		return "a value that begins with { and isn't quoted", "put the value into quotes, as in \"{job}/{date}.csv\""
	}
	return "", ""
}

// explain says in a user's words what the library found in a line.
func explain(message, line string) (told, hint string) {
	start := strings.TrimLeft(line, " -")
	if told, hint := unquoted(line); told != "" {
		return told, hint
	}
	switch {
	case strings.HasPrefix(start, "\t") || strings.Contains(message, "tab character"):
		return "a tab can't indent YAML", "indent with spaces"
	case strings.Contains(message, "did not find expected alphabetic or numeric character"):
		return "a value that begins with * or & and is no anchor", "put the value into quotes, as in schedule: \"*/15 * * * *\""
	case strings.Contains(message, "cannot start any token"):
		return "a character that can't begin a value here", "put the value into quotes"
	case strings.Contains(message, "mapping values are not allowed"):
		return "a colon where no key can be", "put the value into quotes, or mend the indentation"
	case strings.Contains(message, "did not find expected key"), strings.Contains(message, "did not find expected '-' indicator"),
		strings.Contains(message, "block sequence entries are not allowed"), strings.Contains(message, "block collection entries"):
		return "this line doesn't fit the lines above it", "mend the indentation, or put a value with : or # into quotes"
	case strings.Contains(message, "could not find expected ':'"):
		return "a key without its colon", "write key: value"
	case strings.Contains(message, "unknown escape character"), strings.Contains(message, "hexdecimal number"):
		return `a \ in double quotes, where YAML takes it for the beginning of a character's code`,
			"write / in a path; else put the value into single quotes"
	case strings.Contains(message, "unexpected end of stream"):
		return "a quote that is never closed", ""
	case strings.Contains(message, "expected ',' or") && placeholderPattern().MatchString(line):
		return "a { inside a value that isn't quoted", "put the value into quotes, as in { file: \"exports/{job}/{date}.csv\" }"
	case strings.Contains(message, "expected ',' or"):
		return "a bracket that is never closed, or a comma that is missing", ""
	case strings.Contains(message, "did not find expected node content"):
		return "a bracket that is never closed, or a comma too many", ""
	case strings.Contains(message, "incompatible YAML document"):
		return "a %YAML line for another version than 1.1", "remove the line"
	case strings.HasPrefix(message, "unknown anchor"):
		name := strings.Split(message+"''", "'")[1]
		return fmt.Sprintf("*%s has no anchor before it", name), fmt.Sprintf("define it above, with &%s", name)
	default:
		return "not YAML: " + message, ""
	}
}

// next decodes one document. The library panics on some inputs that are no
// YAML.
func next(decoder *yaml.Decoder, into *yaml.Node) (err error) {
	defer func() {
		if recover() != nil {
			err = errors.New("yaml: not YAML that can be read")
		}
	}()
	return decoder.Decode(into)
}

// failure gives the message of data's syntax error, without its line.
func failure(data []byte) string {
	var document yaml.Node
	err := next(yaml.NewDecoder(bytes.NewReader(data)), &document)
	if err == nil || errors.Is(err, io.EOF) {
		return ""
	}
	return syntaxMessage(err)
}
