package speckle

import (
	"fmt"
	"strings"

	"speckle-runner/internal/pattern"
)

const (
	bundleCode = "BUNDLE_REFERENCE_NOT_FOUND"
	bundleHint = "the version is a bundle of files, in which there are no objects to ask for: a job reads its building elements with " +
		"elements: in place of its query"
)

// nullField matches GraphQL's own error about a null. A server whose feature is off has the
// feature's fields in its schema all the same, and no code that fills them.
var nullField = pattern.New(`^Cannot return null for non-nullable field ([_A-Za-z][_0-9A-Za-z]*)\.([_A-Za-z][_0-9A-Za-z]*)\.?$`)

// moduleOff ends the codes by which resolvers say that their feature is off.
const moduleOff = "_MODULE_DISABLED_ERROR"

// features are what can be off, by a word in the names of their types and fields.
var features = []struct{ word, name string }{
	{"automat", "Automate"}, {"workspace", "Workspaces"}, {"gendo", "Gendo"}, {"dashboard", "Dashboards"}, {"savedview", "saved views"},
	{"accsync", "the ACC integration"}, {"accintegration", "the ACC integration"},
}

// noValue reports whether an entry says that a field is null which never is.
func (g *GraphQLError) noValue() bool { return g.StatusCode == 0 && nullField().MatchString(g.Message) }

// hintOff says what to do about a field that is null, or whose feature is off.
func (g *GraphQLError) hintOff() string {
	if g.Code == bundleCode {
		return bundleHint
	}
	typ, field := "", ""
	if found := nullField().FindStringSubmatch(g.Message); found != nil {
		typ, field = found[1], found[2]
	}
	module, off := strings.CutSuffix(g.Code, moduleOff)
	if !off && field == "" {
		return ""
	}
	out := "take " + g.Path + " out of the query"
	if field != "" {
		out = fmt.Sprintf("take the field %s of %s out of the query", field, typ)
	} else if g.Path == "" {
		out = "take its fields out of the query"
	}
	names := strings.ToLower(module + " " + typ + " " + field)
	for _, f := range features {
		if strings.Contains(names, f.word) {
			return f.name + " is off on this server: " + out + ", or have it turned on there"
		}
	}
	if off {
		return "this feature is off on this server: " + out + ", or have it turned on there"
	}
	return "the feature that it belongs to may be off on this server, or its data has a fault: " + out + ", or ask who runs the server"
}
