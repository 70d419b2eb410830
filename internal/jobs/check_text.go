package jobs

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"speckle-runner/internal/jobs/document"
	"speckle-runner/internal/jobs/jq"
	"speckle-runner/internal/jobs/placeholder"
)

// inside reports a problem at a line and column of a value's text. Where the
// file doesn't hold that text as it is, the place goes into the message.
func (r *reader) inside(a at, line, col int, p document.Problem) {
	p.Path = a.path
	atLine, atCol, ok := r.src.Locate(a.node, line, col)
	if !ok {
		atLine, atCol = a.node.Line, a.node.Col
		if strings.Contains(a.node.Text, "\n") {
			p.Message = fmt.Sprintf("line %d, column %d of the text: %s", line, col, p.Message)
		}
	}
	r.problems.Add(r.src, atLine, atCol, p)
}

// program compiles a jq program, nil for none.
func (l *loader) program(given text) *jq.Program {
	if !given.given() {
		return nil
	}
	parsed := l.shared.program(given.value)
	if p := parsed.problem; p != nil {
		l.inside(given.at, p.Line, p.Col, document.Problem{Message: p.Message, Hint: p.Hint})
		return nil
	}
	return parsed.program
}

// template parses a text with placeholders. In a job without for_each, and
// wherever each is false, there is no {each.NAME}.
func (l *loader) template(given at, each bool) placeholder.Template {
	text := given.node.Text
	parsed := l.shared.template(text)
	t, problems := parsed.template, parsed.problems
	for _, p := range problems {
		line, col := lineOf(text, p.Col)
		l.inside(given, line, col, document.Problem{Message: p.Message, Hint: p.Hint})
	}
	if len(problems) == 0 && !each && t.Uses("each") {
		line, col := lineOf(text, 1+utf8.RuneCountInString(text[:max(strings.Index(text, "{each"), 0)]))
		l.inside(given, line, col, document.Problem{Message: "{each.NAME} is the record of a for_each, and there is none here",
			Hint: "give the job a for_each, or remove it"})
	}
	if len(problems) == 0 && !l.versioned {
		l.noVersionName(given, t)
	}
	if len(problems) == 0 && each && l.each != nil {
		l.eachNames(given, t)
	}
	return t
}

// lineOf gives the line and column of the nth character of a text.
func lineOf(text string, n int) (line, col int) {
	runes := []rune(text)
	before := string(runes[:min(max(n-1, 0), len(runes))])
	return 1 + strings.Count(before, "\n"), 1 + utf8.RuneCountInString(before[strings.LastIndex(before, "\n")+1:])
}

// noVersionName refuses {version} where nothing has one.
func (l *loader) noVersionName(given at, t placeholder.Template) {
	text := given.node.Text
	for _, name := range t.Names() {
		if name != "version" && name != "version.model" {
			continue
		}
		line, col := lineOf(text, 1+utf8.RuneCountInString(text[:max(strings.Index(text, "{"+name), 0)]))
		p := document.Problem{Message: "{" + name + "} is of the version that elements are read of, and there is none here",
			Hint: "it is for the outputs of a job with elements, and for a job with on_version"}
		if l.mixed {
			p = document.Problem{Message: "{" + name + "} is of the version that a run is of, and the schedule's runs are of none",
				Hint: "make a job of each: one with schedule, one with on_version"}
		}
		l.inside(given, line, col, p)
	}
}
