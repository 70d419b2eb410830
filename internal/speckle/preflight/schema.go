package preflight

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"
	"github.com/vektah/gqlparser/v2/validator"

	"speckle-runner/internal/said"
	"speckle-runner/internal/speckle"
	"speckle-runner/internal/speckle/endpoint"
	"speckle-runner/internal/speckle/introspect"
	"speckle-runner/internal/speckle/query"
)

// schemas are those that servers have told, by endpoint and version. They live
// as long as the process: a schema file on disk would have to be found, aged
// and trusted, to save one request of some hundred kilobytes.
type schemas struct {
	mu    sync.Mutex
	known map[string]*told
}

// told is what a server says of its schema, asked once.
type told struct {
	once   sync.Once
	schema *ast.Schema
	err    error
}

func (s *schemas) of(key string, read func() (*ast.Schema, error)) (*ast.Schema, error) {
	s.mu.Lock()
	if s.known == nil {
		s.known = map[string]*told{}
	}
	one := s.known[key]
	if one == nil {
		one = &told{}
		s.known[key] = one
	}
	s.mu.Unlock()
	one.once.Do(func() { one.schema, one.err = read() })
	return one.schema, one.err
}

// maxInvalid is how many problems of one query are told.
const maxInvalid = 5

// queries holds a job's queries, where it has any, against the server's own schema.
func (s *schemas) queries(ctx context.Context, server endpoint.Server, a *asker, r *Report, queries []AskedQuery) {
	if len(queries) == 0 {
		return
	}
	schema, err := s.of(server.Endpoint()+" "+r.Version, func() (*ast.Schema, error) { return a.schema(ctx) })
	if err != nil {
		r.add(AboutQuery, Untold, "the query isn't held against the server's schema: "+err.Error(), "")
		return
	}
	valid := true
	for _, one := range queries {
		problems, err := validated(schema, one.Query.Text)
		if err != nil {
			r.add(AboutQuery, Untold, one.Key+": "+err.Error(), "")
			valid = false
		}
		for i, problem := range problems {
			valid = false
			if i == maxInvalid {
				r.add(AboutQuery, Failed, one.Key+": and "+said.Count(len(problems)-i, "more problem"), "")
				break
			}
			r.add(AboutQuery, Failed, fmt.Sprintf("%s, line %d:%d: %s", one.Key, problem.Line, problem.Col, problem.Message), "")
		}
	}
	if valid {
		r.add(AboutQuery, Good, "valid against the server's schema", "")
	}
}

// schema asks a server for its schema: as nobody, and where that isn't allowed
// with the token.
func (a *asker) schema(ctx context.Context) (*ast.Schema, error) {
	data, err := ask(ctx, a.nobody, introspect.Query)
	if failed, ok := errors.AsType[*speckle.Error](err); ok && (failed.Kind == speckle.NoAccess || failed.Kind == speckle.TokenRefused) {
		data, err = ask(ctx, a.bearer, introspect.Query)
	}
	if failed, ok := errors.AsType[*speckle.Error](err); ok && failed.Kind == speckle.InvalidQuery {
		return nil, errors.New("the server doesn't show it (introspection is off)")
	}
	if err != nil {
		return nil, err
	}
	return introspect.Schema(data)
}

// validated validates a query. The library trusts schemas, and this one came from
// a server.
func validated(schema *ast.Schema, text string) (problems []query.Problem, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("the server's schema is broken (%v)", p)
		}
	}()
	doc, err := parser.ParseQueryWithTokenLimit(&ast.Source{Input: text}, query.MaxTokens)
	if err != nil {
		return nil, err
	}
	for _, e := range validator.ValidateWithRules(schema, doc, nil) {
		one := query.Problem{Line: 1, Col: 1, Message: e.Message}
		if len(e.Locations) > 0 {
			one.Line, one.Col = e.Locations[0].Line, e.Locations[0].Column
		}
		problems = append(problems, one)
	}
	return problems, nil
}
