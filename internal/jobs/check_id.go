package jobs

import (
	"strings"

	"speckle-runner/internal/jobs/document"
	"speckle-runner/internal/jobs/placeholder"
	"speckle-runner/internal/jobs/shape"
	"speckle-runner/internal/pattern"
	"speckle-runner/internal/said"
)

var idPattern = pattern.New(`^[A-Za-z0-9_-]+$`)

// id parses an id, which may hold placeholders.
func (l *loader) id(given shape.Text, each bool) placeholder.Template {
	if !given.Given() {
		return placeholder.Template{}
	}
	t := l.template(given.At, each)
	plain := plainPath(given.Value, func(string) string { return "0" })
	if leftOver().MatchString(plain) {
		l.Warning(given.At, document.Problem{Message: plain + " is a placeholder of an example", Hint: "put your own value here"})
	}
	if idPattern().MatchString(plain) {
		return t
	}
	l.noID(given.At, given.Value)
	return t
}

// plainIDText tells an id from one with placeholders, and from what was refused
// already.
func plainIDText(text string) bool { return idPattern().MatchString(text) }

// plainID checks an id without placeholders.
func (l *loader) plainID(given shape.At, value string) {
	if !plainIDText(value) {
		l.noID(given, value)
	}
}

// noID says what to write in place of what is no id.
func (l *loader) noID(given shape.At, value string) {
	p := document.Problem{Message: said.Quoted(value) + " isn't an id",
		Hint: "an id has letters and digits only: it is in the address, /projects/PROJECT/models/MODEL"}
	key, of := idKey(given.Path), pathIndex[idKey(given.Path)]
	switch parts, both, several := addressPattern().FindStringSubmatch(value), versionPattern().FindStringSubmatch(value),
		severalPattern().FindStringSubmatch(value); {
	case several != nil && key == modelKey:
		p = document.Problem{Message: "these are several models, and the key wants one",
			Hint: "write " + shape.Cut(several[1]) + `; for_each reads several, with model: "{each.id}"`}
	case both != nil && key == modelKey:
		p = document.Problem{Message: "the model's id is followed by a version",
			Hint: "write " + shape.Cut(both[1]) + ", which reads its newest version; add version: " + shape.Cut(both[2]) + " to read that one"}
	case parts != nil && parts[of] != "":
		p = document.Problem{Message: "this is an address, and the key wants the id in it", Hint: "write " + shape.Cut(parts[of])}
	}
	l.Problem(given, p)
}

// addressPattern finds the ids in the address of a model's page.
var addressPattern = pattern.New(`(?:^|/)projects/([A-Za-z0-9_-]+)(?:/models/([A-Za-z0-9_-]+)(?:@([A-Za-z0-9_-]+))?)?`)

var (
	// versionPattern finds a model with a version, as addresses have it, and severalPattern
	// the models of an address that shows them together.
	versionPattern = pattern.New(`^(?:.*/models/)?([A-Za-z0-9_-]+)@([A-Za-z0-9_-]+)$`)
	severalPattern = pattern.New(`^(?:.*/models/)?([A-Za-z0-9_-]+)(?:@[A-Za-z0-9_-]+)?,[A-Za-z0-9_,@-]+$`)
)

const modelKey = "model"

// pathIndex is where an id stands in the address of a model's page, by its key.
var pathIndex = map[string]int{"project": 1, modelKey: 2, "models": 2, "version": 3}

// idKey gives the key that an id is the value of, or one of the values.
func idKey(path string) string {
	key, _, _ := strings.Cut(lastKey(path), "[")
	return key
}
