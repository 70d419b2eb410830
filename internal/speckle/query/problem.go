package query

import "github.com/vektah/gqlparser/v2/ast"

// Problem is something wrong in a query's text. Line and Col count from 1, Col
// in characters.
type Problem struct {
	Line, Col     int
	Message, Hint string
}

func problemAt(p *ast.Position, message, hint string) *Problem {
	problem := &Problem{Line: 1, Col: 1, Message: message, Hint: hint}
	if p != nil {
		problem.Line, problem.Col = max(p.Line, 1), max(p.Column, 1)
	}
	return problem
}
