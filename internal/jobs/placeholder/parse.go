package placeholder

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"speckle-runner/internal/said"
)

// Problem is something wrong in a template's text; Col counts characters from 1.
type Problem struct {
	Col           int
	Message, Hint string
}

const braceHint = "write {{ and }} for braces that are meant as such"

// NotExpanded is what people need to know who write ${HOME} as in a shell.
const NotExpanded = "no variable of the environment is expanded in a job file: write the value itself"

// Parse reads a template. With problems, the template is the text as it is.
// The default of last_success is RFC 3339 with a time and a zone: a date alone
// would leave open whose midnight is meant.
func Parse(text string) (Template, []Problem) {
	p := parser{text: text}
	for p.at < len(text) {
		p.next()
	}
	p.flush()
	if p.problems != nil {
		return Template{text: text, parts: []part{{literal: text}}}, p.problems
	}
	return Template{text: text, parts: p.parts}, nil
}

type parser struct {
	text     string
	at       int
	literal  []byte
	parts    []part
	problems []Problem
}

// next reads a brace with what belongs to it, or the text up to one.
func (p *parser) next() {
	rest := p.text[p.at:]
	switch {
	case strings.HasPrefix(rest, "{{"), strings.HasPrefix(rest, "}}"):
		p.literal = append(p.literal, rest[0])
		p.at += 2
	case rest[0] == '}':
		p.problem(p.at, "} without {", braceHint)
		p.at++
	case rest[0] == '{':
		p.placeholder()
	default:
		end := strings.IndexAny(rest, "{}")
		if end < 0 {
			end = len(rest)
		}
		p.literal = append(p.literal, rest[:end]...)
		p.at += end
	}
}

func (p *parser) placeholder() {
	start := p.at
	inner := p.text[start+1:]
	end := strings.IndexAny(inner, "{}")
	if end < 0 || inner[end] == '{' {
		p.problem(start, "{ without }", braceHint)
		p.at = start + 1
		return
	}
	p.at = start + 1 + end + 1
	one, problem := read(inner[:end])
	if problem != nil {
		if strings.HasSuffix(p.text[:start], "$") {
			problem.Hint = NotExpanded
			name := strings.ToLower(inner[:end])
			if _, is := known[name]; is { // ${DATE}
				problem.Hint = "write {" + name + "}"
			}
		}
		p.problem(start, problem.Message, problem.Hint)
		return
	}
	p.flush()
	p.parts = append(p.parts, one)
}

func (p *parser) flush() {
	if len(p.literal) > 0 {
		p.parts = append(p.parts, part{literal: string(p.literal)})
		p.literal = nil
	}
}

func (p *parser) problem(at int, message, hint string) {
	p.problems = append(p.problems, Problem{Col: 1 + utf8.RuneCountInString(p.text[:at]), Message: message, Hint: hint})
}

// read reads what stands between braces.
func read(inner string) (part, *Problem) {
	name, fallback, hasFallback := strings.Cut(inner, ":")
	field, isEach := strings.CutPrefix(name, each+".")
	_, isKnown := known[name]
	switch {
	case name == lastSuccess && hasFallback:
		moment, err := time.Parse(time.RFC3339, fallback)
		if err != nil {
			return part{}, badFallback(fallback)
		}
		return part{name: name, fallback: moment}, nil
	case hasFallback && (isKnown || isEach):
		return part{}, &Problem{Message: fmt.Sprintf("{%s} takes no default", cut(name)), Hint: "only {last_success:…} has one"}
	case isKnown:
		return part{name: name}, nil
	case isEach:
		path := strings.Split(field, ".")
		if slices.Contains(path, "") || strings.TrimSpace(field) != field {
			return part{}, &Problem{Message: fmt.Sprintf("{%s} names no field", cut(inner)),
				Hint: "write {each.NAME}, or {each.NAME.NAME} for a field in a field"}
		}
		return part{name: each, field: path}, nil
	case name == each:
		return part{}, &Problem{Message: fmt.Sprintf("{%s} names no field", cut(inner)),
			Hint: "write {each.NAME}, a field of the for_each record"}
	}
	return part{}, unknown(inner)
}

func badFallback(fallback string) *Problem {
	p := &Problem{
		Message: fmt.Sprintf("the default %q of {last_success} is no RFC 3339 time", cut(fallback)),
		Hint:    "write it as in {last_success:2020-01-01T00:00:00Z}",
	}
	if _, err := time.Parse(time.DateOnly, fallback); err == nil {
		p.Hint = fmt.Sprintf("add a time: {last_success:%sT00:00:00Z}", fallback)
	}
	return p
}

func unknown(inner string) *Problem {
	p := &Problem{Message: fmt.Sprintf("unknown placeholder {%s}", cut(inner))}
	switch name := nearest(inner); {
	case name != "":
		p.Hint = fmt.Sprintf("did you mean {%s}?", name)
	case inner == "" || strings.ContainsAny(inner, "\"'[]\n ,"):
		p.Hint = braceHint
	default:
		p.Hint = "known are {job}, {tick}, {date}, {time}, {year}, {month}, {day}, {offset}, {run}, {last_success}, {version}, " +
			"{version.model} and {each.NAME}"
	}
	return p
}

// cut keeps a message on one line of a length to read.
func cut(text string) string {
	const most = 40
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, said.Start(text, most))
}
