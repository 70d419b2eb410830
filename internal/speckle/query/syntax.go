package query

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/vektah/gqlparser/v2/gqlerror"
)

// MaxTokens bounds what the parser takes: a hand-written query has some
// hundred tokens.
const MaxTokens = 50_000

// oneBreak makes every line break one that the parser counts well.
var oneBreak = strings.NewReplacer("\r\n", "\n", "\r", "\n")

// syntaxProblem says where the text of a query stops being GraphQL.
func syntaxProblem(text string, err error) Problem {
	problem := Problem{Line: 1, Col: 1, Message: err.Error()}
	if parsed, ok := errors.AsType[*gqlerror.Error](err); ok {
		problem.Message = parsed.Message
		if len(parsed.Locations) > 0 {
			problem.Line, problem.Col = max(parsed.Locations[0].Line, 1), max(parsed.Locations[0].Column, 1)
		}
	}
	switch open := openQuote(text); {
	case strings.HasSuffix(problem.Message, "<Invalid>") && open >= 0:
		problem.Message = "text without its closing quote"
		problem.Line, problem.Col = placeOf(text, open)
	case strings.HasSuffix(problem.Message, "found <EOF>"), strings.HasSuffix(problem.Message, "Unexpected <EOF>"):
		problem.Line, problem.Col = placeOf(text, len(strings.TrimRight(text, " \t\r\n,"))) // where it ends, not where the file does
	case strings.Contains(problem.Message, "token limit"):
		problem.Message = fmt.Sprintf("the query has more than %d tokens", MaxTokens)
	}
	return problem
}

// placeOf gives line and column of a byte of the text.
func placeOf(text string, offset int) (line, col int) {
	before := oneBreak.Replace(text[:offset])
	start := strings.LastIndexByte(before, '\n') + 1
	return 1 + strings.Count(before, "\n"), 1 + utf8.RuneCountInString(before[start:])
}

// openQuote gives the byte at which text begins that doesn't end, -1 when all
// of it does.
func openQuote(text string) int {
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '#':
			if end := strings.IndexAny(text[i:], "\r\n"); end >= 0 {
				i += end
			} else {
				return -1
			}
		case '"':
			end := closing(text[i:])
			if end < 0 {
				return i
			}
			i += end - 1
		}
	}
	return -1
}

// closing gives the length of the quoted text that begins here, -1 when its
// closing quote is missing.
func closing(text string) int {
	if block, is := strings.CutPrefix(text, `"""`); is {
		for i := 0; i < len(block); i++ {
			switch {
			case strings.HasPrefix(block[i:], `\"""`):
				i += 3
			case strings.HasPrefix(block[i:], `"""`):
				return 3 + i + 3
			}
		}
		return -1
	}
	for i := 1; i < len(text); i++ {
		switch text[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		case '\r', '\n':
			return -1
		}
	}
	return -1
}
