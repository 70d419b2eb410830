package query

import (
	"slices"
	"sync"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"
)

// Parse reads one operation and decides how it pages. It needs no schema:
// the server has the last word on fields. With problems the query is nil.
func Parse(text string) (*Query, []Problem) {
	// The parser counts columns wrongly behind a carriage return.
	doc, err := parser.ParseQueryWithTokenLimit(&ast.Source{Input: oneBreak.Replace(text)}, MaxTokens)
	if err != nil {
		return nil, []Problem{syntaxProblem(text, err)}
	}
	operation, problem := onlyOperation(doc)
	if problem != nil {
		return nil, []Problem{*problem}
	}
	q := &Query{Text: text, Name: operation.Name, Kind: Operation(operation.Operation), operation: operation,
		fragments: map[string]*ast.FragmentDefinition{}}
	for _, v := range operation.VariableDefinitions {
		q.Variables = append(q.Variables, Variable{
			Name: v.Variable, Type: v.Type.String(), NonNull: v.Type.NonNull, HasDefault: v.DefaultValue != nil,
			Line: v.Position.Line, Col: v.Position.Column,
		})
	}
	w := newWalk(q)
	w.fragments(doc.Fragments)
	w.operation()
	problems := append(w.problems, w.unused(doc.Fragments)...)
	if len(problems) == 0 {
		q.Paging, problems = w.paging()
	}
	if len(problems) > 0 {
		slices.SortStableFunc(problems, func(a, b Problem) int {
			if a.Line != b.Line {
				return a.Line - b.Line
			}
			return a.Col - b.Col
		})
		return nil, problems
	}
	q.root = q.tree()
	q.nested = q.collections()
	if problems := q.unsteady(); len(problems) > 0 {
		return nil, problems
	}
	q.needs = sync.OnceValue(func() Needs { return openSource.needsOf(q) })
	q.silent = sync.OnceValue(q.quietFields)
	q.Warnings = q.Paging.warnings()
	return q, nil
}

func onlyOperation(doc *ast.QueryDocument) (*ast.OperationDefinition, *Problem) {
	if len(doc.Operations) == 0 {
		return nil, &Problem{Line: 1, Col: 1, Message: "no operation", Hint: "write a query, such as: query { serverInfo { version } }"}
	}
	operation := doc.Operations[0]
	if len(doc.Operations) > 1 {
		return nil, problemAt(doc.Operations[1].Position, "a second operation", "a job has one operation: make a second job of it")
	}
	if operation.Operation == ast.Subscription {
		return nil, problemAt(operation.Position, "a subscription can't be run on a schedule", "write a query")
	}
	return operation, nil
}
