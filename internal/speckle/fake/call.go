package fake

import (
	"bytes"
	"context"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/graph-gophers/graphql-go/introspection"
	"github.com/graph-gophers/graphql-go/trace/tracer"

	gqlerrors "github.com/graph-gophers/graphql-go/errors"
	"github.com/vektah/gqlparser/v2/ast"
)

// call is one request on its way through the executor: who asks, what for,
// and what goes wrong with it.
type call struct {
	server  *Server
	token   *Token
	user    *user // the token's owner; nil without a token
	request request
	doc     *document
	op      *operation
	refused *answer // the 400 it deserves instead of being run
	page    int
	cursor  string
	hits    []hit
	shift   sync.Once
}

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

// readingKey tells one reading of a list from another: who reads what, with
// all variables but the cursor.
func (c *call) readingKey() string {
	rest := make(map[string]any, len(c.request.Variables))
	for name, value := range c.request.Variables {
		if name != c.op.collection.cursorVar {
			rest[name] = value
		}
	}
	return c.tokenID() + "\x00" + c.request.Query + "\x00" + string(encode(rest))
}

func (c *call) name() string {
	if c.op != nil {
		return c.op.ast.Name
	}
	return c.request.Operation
}

func (c *call) tokenID() string {
	if c.token == nil {
		return ""
	}
	return c.token.ID()
}

// hit gives the fault of a kind that befalls this call, or nil.
func (c *call) hit(kind Kind) *hit {
	for i := range c.hits {
		if c.hits[i].Kind == kind && (c.hits[i].fresh || kind == Shift) {
			return &c.hits[i]
		}
	}
	return nil
}

type callKey struct{}

// of gives the call that a resolver works for.
func of(ctx context.Context) *call {
	c, _ := ctx.Value(callKey{}).(*call)
	return c
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

// depthTracer marks what is resolved inside of a list's items, so that faults
// can tell the list that is read from those within it.
type depthTracer struct{}

type nestedKey struct{}

// nested says whether a resolver works inside of a list's items.
func nested(ctx context.Context) bool { return ctx.Value(nestedKey{}) != nil }

// TraceQuery has nothing to note.
func (depthTracer) TraceQuery(ctx context.Context, _, _ string, _ map[string]any, _ map[string]*introspection.Type) (context.Context,
	tracer.QueryFinishFunc) {
	return ctx, func([]*gqlerrors.QueryError) {}
}

// TraceField notes items and objects.
func (depthTracer) TraceField(ctx context.Context, _, _, field string, _ bool, _ map[string]any) (context.Context, tracer.FieldFinishFunc) {
	if field == "items" || field == "objects" {
		ctx = context.WithValue(ctx, nestedKey{}, true)
	}
	return ctx, func(*gqlerrors.QueryError) {}
}

// wait lets time pass, unless the request or the server ends before.
func (s *Server) wait(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	case <-s.done:
	}
}
