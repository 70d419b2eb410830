package jobs

import (
	"path"
	"strings"

	"speckle-runner/internal/jobs/document"
	"speckle-runner/internal/jobs/shape"
	"speckle-runner/internal/pattern"
	"speckle-runner/internal/speckle/query"
)

// asking is one operation of the job file and what is said of its variables.
type asking struct {
	inline, file shape.Text
	variables    shape.Raw
	owner        shape.At               // of the job or for_each, when there is no better place
	each         bool                   // values may hold {each.NAME}
	items        bool                   // it gives the items of a for_each
	early        bool                   // until may end its paging
	given        func(name string) bool // by for_each, perhaps
}

// inQuery reports a problem at its place in the operation.
func (l *loader) inQuery(a asking, p query.Problem, warning bool) {
	told := document.Problem{Message: p.Message, Hint: p.Hint, Warning: warning}
	if parts := expected().FindStringSubmatch(p.Message); parts != nil {
		told.Message, told.Hint = graphqlSyntax(parts[1], parts[2])
	}
	if a.inline.Given() {
		l.inside(a.inline.At, p.Line, p.Col, told)
		return
	}
	told.Path = a.file.Path
	l.Problems.Add(l.files[fileKey(a.file.Value)].src, p.Line, p.Col, told)
}

var (
	jsonStart = pattern.New(`^\s*[{\[]\s*"`)
	wordStart = pattern.New(`^\s*[A-Za-z_]+\s*[({]`)
)

// pasted tells of what people paste in a query's place, of which GraphQL's parser says
// only that it is none.
func pasted(body string, p query.Problem) query.Problem {
	if expected().FindStringSubmatch(p.Message) == nil {
		return p
	}
	switch {
	case jsonStart().MatchString(body) && strings.Contains(body, `"query"`):
		p.Message = "this is JSON, not GraphQL: the query is inside it"
		p.Hint = `write what "query" holds, as lines of text, and what "variables" holds below variables`
	case jsonStart().MatchString(body):
		p.Message, p.Hint = "this is JSON, not GraphQL", "write the query that asks for it: its names stand without quotes and colons"
	case strings.HasPrefix(p.Message, "Unexpected Name") && p.Line == 1 && wordStart().MatchString(body):
		p.Message, p.Hint = "a query begins with { or the word query", "put { before it, and } after it"
	}
	return p
}

// expected is how GraphQL's parser tells a syntax error.
var expected = pattern.New(`^(?:Expected (.+), found|Unexpected) (.+)$`)

// graphqlSyntax says a syntax error in a user's words.
func graphqlSyntax(want, got string) (message, hint string) {
	const open = "look for a bracket or a quote before it that isn't closed"
	switch {
	case got == "<Invalid>":
		return "a character that GraphQL doesn't know", "text stands in double quotes, a comment behind #"
	case strings.Contains(got, "EOF"):
		return "the query ends too early", "a { or ( in it isn't closed"
	case want == "Name":
		return "GraphQL expects a name here, not " + got, open
	case want != "":
		return "GraphQL expects " + want + " here, not " + got, open
	}
	return "GraphQL doesn't expect " + got + " here", open
}

func fileKey(name string) string { return path.Clean(name) }
