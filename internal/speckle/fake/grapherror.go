package fake

import (
	"cmp"
	"slices"
)

// graphError is one entry of an answer's errors, its keys in Apollo's order.
type graphError struct {
	Message    string         `json:"message"`
	Locations  []location     `json:"locations,omitempty"`
	Path       []any          `json:"path,omitempty"`
	Extensions map[string]any `json:"extensions,omitempty"`
}

type location struct {
	Line   int `json:"line"`
	Column int `json:"column"`
}

func newGraphError(code, message string) graphError {
	return graphError{Message: message, Extensions: map[string]any{"code": code}}
}

func sortProblems(list []graphError) {
	slices.SortStableFunc(list, func(a, b graphError) int {
		return cmp.Or(slices.CompareFunc(a.Locations, b.Locations, func(x, y location) int {
			return cmp.Or(cmp.Compare(x.Line, y.Line), cmp.Compare(x.Column, y.Column))
		}), cmp.Compare(string(encode(a.Path)), string(encode(b.Path))))
	})
}
