package jobs

import (
	"strings"
	"unicode/utf8"

	"speckle-runner/internal/jobs/document"
	"speckle-runner/internal/jobs/jq"
	"speckle-runner/internal/jobs/placeholder"
	"speckle-runner/internal/jobs/shape"
)

// program compiles a jq program, nil for none.
func (l *loader) program(given shape.Text) *jq.Program {
	if !given.Given() {
		return nil
	}
	parsed := l.shared.program(given.Value)
	if p := parsed.problem; p != nil {
		l.inside(given.At, p.Line, p.Col, document.Problem{Message: p.Message, Hint: p.Hint})
		return nil
	}
	return parsed.program
}

// template parses a text with placeholders. In a job without for_each, and
// wherever each is false, there is no {each.NAME}.
func (l *loader) template(given shape.At, each bool) placeholder.Template {
	text := given.Node.Text
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
	if len(problems) == 0 && t.WantsSuccess() {
		at := strings.Index(strings.ReplaceAll(text, "{{", "(("), "{last_success}")
		line, col := lineOf(text, 1+utf8.RuneCountInString(text[:max(at, 0)]))
		l.inside(given, line, col, document.Problem{Warning: true, Message: "{last_success} has no default: while the job has no good run, " +
			"each of its runs fails, so there is never a first one",
			Hint: "say where to begin, as in {last_success:2020-01-01T00:00:00Z}"})
	}
	if len(problems) == 0 && !l.versioned {
		l.noVersionName(given, t)
	}
	if len(problems) == 0 && each && l.each != nil {
		l.eachNames(given, t)
	}
	return t
}

// noVersionName refuses {version} where nothing has one.
func (l *loader) noVersionName(given shape.At, t placeholder.Template) {
	text := given.Node.Text
	for _, name := range t.Names() {
		if name != "version" && name != "version.model" {
			continue
		}
		line, col := lineOf(text, 1+utf8.RuneCountInString(text[:max(strings.Index(text, "{"+name), 0)]))
		p := document.Problem{Message: "{" + name + "} is the version that elements reads, and none is known here",
			Hint: "it is for the outputs of a job with elements, and for a job with on_version"}
		if l.mixed {
			p = document.Problem{Message: "{" + name + "} is the run's version, and scheduled runs have none",
				Hint: "make a job of each: one with schedule, one with on_version"}
		}
		l.inside(given, line, col, p)
	}
}

// otherwiseWritten tells of placeholders that are written as for another program. In a path
// it is an error: each run would write the same file, by a name that nobody wants. A single
// code, as in 100%F, may stand there by chance.
func (l *loader) otherwiseWritten(given shape.At, path bool) (found bool) {
	if len(l.shared.template(given.Node.Text).problems) > 0 {
		return false
	}
	for _, one := range placeholder.FindOtherwise(given.Node.Text) {
		if !path && !one.Sure {
			continue
		}
		line, col := lineOf(given.Node.Text, one.Col)
		l.inside(given, line, col, document.Problem{Warning: !path || one.Chance(), Message: one.Written + " isn't how a placeholder is written",
			Hint: "write " + one.Meant})
		found = true
	}
	return found
}
