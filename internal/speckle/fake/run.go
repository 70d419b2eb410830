package fake

import (
	"bytes"
	"context"
	"net/http"
	"strings"

	gqlerrors "github.com/graph-gophers/graphql-go/errors"
	"github.com/vektah/gqlparser/v2/ast"
)

// prepare reads a request's query and finds out which page of what it asks
// for, and which faults befall it.
func (s *Server) prepare(token *Token, req request) *call {
	c := &call{server: s, token: token, request: req}
	if token != nil {
		c.user = s.world.user(token.User)
	}
	if strings.TrimSpace(req.Query) == "" {
		c.refuse(newGraphError("BAD_REQUEST", "GraphQL operations must contain a non-empty `query` or a `persistedQuery` extension."))
	} else {
		c.choose()
	}
	c.hits = s.faults.take(c.name(), c.tokenID(), c.page)
	return c
}

func (c *call) choose() {
	c.doc = c.server.documents.get(c.request.Query)
	if len(c.doc.refused) > 0 {
		c.refuse(c.doc.refused...)
		return
	}
	op, problem := c.doc.pick(c.request.Operation)
	if problem != nil {
		c.refuse(*problem)
		return
	}
	c.op = op
	if op.recorded {
		return
	}
	if problems := checkVariables(op.ast, c.request.Variables); len(problems) > 0 {
		c.refuse(problems...)
		return
	}
	if op.collection == nil || op.collection.cursorVar == "" {
		return
	}
	c.cursor, _ = c.request.Variables[op.collection.cursorVar].(string)
	c.page = c.server.faults.page(c.readingKey(), c.cursor)
}

func (c *call) refuse(problems ...graphError) {
	a := refusal(problems...)
	c.refused = &a
}

// run executes a call.
func (c *call) run(ctx context.Context) answer {
	switch {
	case c.refused != nil:
		return *c.refused
	case c.op.recorded:
		return introspect(c.doc, c.op, c.request.Variables)
	}
	if a, ok := c.trouble(); ok {
		return a
	}
	w := c.server.world
	if c.op.ast.Operation == ast.Mutation {
		w.mu.Lock()
		defer w.mu.Unlock()
	} else {
		w.mu.RLock()
		defer w.mu.RUnlock()
	}
	response := c.server.schema.Exec(context.WithValue(ctx, callKey{}, c), c.doc.text, c.request.Operation, c.request.Variables)
	problems := c.problems(response.Errors)
	if response.Data == nil { // the executor's own validation found more
		for i := range problems {
			problems[i].Extensions = map[string]any{"code": "GRAPHQL_VALIDATION_FAILED"}
		}
		return refusal(problems...)
	}
	data := c.misreport(plain(response.Data))
	if c.hit(ErrorsBeside) != nil {
		return answer{http.StatusOK, bytes.Join([][]byte{[]byte(`{"data":`), data, []byte(`,"errors":`),
			encode([]graphError{c.injected("INTERNAL_SERVER_ERROR", 0, "connect ETIMEDOUT 10.0.4.12:5432")}), []byte("}\n")}, nil)}
	}
	return answer{http.StatusOK, body(problems, data)}
}

// problems turns the executor's errors into Apollo's, in the order in which
// they stand in the query.
func (c *call) problems(list []*gqlerrors.QueryError) []graphError {
	var out []graphError
	for _, e := range list {
		p := graphError{Message: e.Message, Path: e.Path, Extensions: e.Extensions}
		if p.Extensions == nil {
			p.Extensions = map[string]any{"code": "INTERNAL_SERVER_ERROR"}
		}
		p.Locations = c.op.places[pathKey(e.Path)]
		for _, l := range e.Locations {
			p.Locations = append(p.Locations, location{l.Line, l.Column})
		}
		out = append(out, p)
	}
	sortProblems(out)
	return out
}

func pathKey(path []any) string {
	var keys []string
	for _, step := range path {
		if key, ok := step.(string); ok {
			keys = append(keys, key)
		}
	}
	return strings.Join(keys, "\x00")
}
