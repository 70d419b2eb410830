package jq

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/itchyny/gojq"

	"speckle-runner/internal/figures"
)

// Problem is something wrong in a program's text. Line and Col count from 1,
// Col in characters.
type Problem struct {
	Line, Col     int
	Message, Hint string
}

func problemAt(text string, offset int, message, hint string) *Problem {
	line, col := position(text, offset)
	return &Problem{Line: line, Col: col, Message: readable(message), Hint: readable(hint)}
}

func position(text string, offset int) (line, col int) {
	before := text[:min(max(offset, 0), len(text))]
	start := strings.LastIndexByte(before, '\n') + 1
	return 1 + strings.Count(before, "\n"), 1 + utf8.RuneCountInString(before[start:])
}

// maxText bounds a program, in bytes: it may come from somebody who pastes it into a page.
const maxText = 64 << 10

// tooMuch refuses a program before it is read.
func tooMuch(text string) *Problem {
	if len(text) <= maxText {
		return nil
	}
	return problemAt(text, 0, fmt.Sprintf("a program may have %d KiB, and this one has %d", maxText>>10, (len(text)+1023)>>10),
		"a long table of values has its place where the export is read")
}

func tooDeep(text string) *Problem {
	return problemAt(text, 0, "more than "+figures.Grouped(maxNested)+" parts of the program lie in each other",
		"leave out brackets, or write fewer steps")
}

// parseProblem is about a text that gojq can't read.
func parseProblem(text string, err error) *Problem {
	parse, is := errors.AsType[*gojq.ParseError](err)
	if !is {
		return problemAt(text, 0, err.Error(), "")
	}
	message := err.Error()
	switch {
	case strings.HasPrefix(message, "unterminated string"):
		open := scan(text).open
		offset := len(text)
		if len(open) > 0 {
			offset = open[len(open)-1].offset
		}
		return problemAt(text, offset, "text without its closing quote", "")
	case message == "unexpected EOF":
		return problemAt(text, len(strings.TrimRight(text, " \t\r\n")), "the program ends too early", unclosed(text))
	}
	offset := parse.Offset - len(parse.Token)
	return problemAt(text, offset, message, syntaxHint(text, offset, parse.Token))
}

// unclosed tells what a program that ends too early waits for.
func unclosed(text string) string {
	open := scan(text).open
	if len(open) == 0 {
		return ""
	}
	last := open[len(open)-1]
	line, col := position(text, last.offset)
	if last.text == "if" {
		return fmt.Sprintf("the if in line %d, column %d has no end", line, col)
	}
	return fmt.Sprintf("the %s in line %d, column %d is not closed", last.text, line, col)
}

// refused is about what gojq takes, or would explain badly, and a job may not
// do.
func refused(text string, query *gojq.Query, found names) *Problem {
	if query.Meta != nil || len(query.Imports) > 0 {
		return problemAt(text, 0, "a program can't load modules", "define what you need with def")
	}
	if query.Term == nil && query.Op == gojq.Operator(0) {
		return problemAt(text, 0, "the program is empty", "write . for the record as it is")
	}
	one, offset := found.place(text, func(one name) bool {
		if strings.HasPrefix(one.text, "@") {
			return !formats[one.text]
		}
		_, is := forbidden[one.text]
		return is && (one.free || one.call && (one.arity == 0 || one.text == "debug"))
	})
	switch {
	case offset < 0:
		return nil
	case strings.HasPrefix(one.text, "@"):
		return problemAt(text, offset, "there is no format "+one.text, didYouMean(one.text, formatNames))
	}
	return problemAt(text, offset, forbidden[one.text][0], forbidden[one.text][1])
}

// compileProblem is about a text that parses, but names what isn't there.
func compileProblem(text string, found names, err error) *Problem {
	message := err.Error()
	switch {
	case strings.HasPrefix(message, "function not defined: "):
		written := strings.TrimPrefix(message, "function not defined: ")
		one, offset := found.place(text, func(one name) bool { return one.call && one.signature() == written })
		if offset < 0 {
			break
		}
		return problemAt(text, offset, "there is no function "+written, functionHint(text, offset, one, found))
	case strings.HasPrefix(message, "variable not defined: "):
		written := strings.TrimPrefix(message, "variable not defined: ")
		_, offset := found.place(text, func(one name) bool { return one.free && one.text == written })
		if offset < 0 {
			break
		}
		return problemAt(text, offset, "there is no variable "+written, variableHint(written, found))
	case strings.HasPrefix(message, "label not defined: "):
		written := strings.TrimPrefix(message, "label not defined: ")
		offset := max(strings.Index(text, "break "), 0)
		return problemAt(text, offset, "there is no label "+written, fmt.Sprintf("write label %s | before the part that break leaves", written))
	}
	return problemAt(text, 0, message, "")
}

func (n name) signature() string { return fmt.Sprintf("%s/%d", n.text, n.arity) }
