package fake

import (
	"context"
	"sync"

	"github.com/graph-gophers/graphql-go/introspection"
	"github.com/graph-gophers/graphql-go/trace/tracer"

	gqlerrors "github.com/graph-gophers/graphql-go/errors"
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
