package query

import "slices"

// quietFields finds them. An unpaged query's root activeUser isn't one: see
// nullUser.
func (q *Query) quietFields() []QuietField {
	facts := openSource.need()
	var found []QuietField
	var paged *Node
	inside := 0
	if q.Paging != nil {
		paged = q.root.at(append(slices.Clone(q.Paging.Path), q.Paging.Items)...)
		inside = -1
	}
	var visit func(n *Node, path []string, inside int)
	visit = func(n *Node, path []string, inside int) {
		for _, c := range n.Children {
			path := append(slices.Clip(path), c.Key)
			if why := facts.silence(q, c.parent+"."+c.Name); why != "" && (len(path) > 1 || paged != nil) {
				found = append(found, QuietField{path, inside, why})
			}
			if c == paged {
				visit(c, path, len(path))
			} else {
				visit(c, path, inside)
			}
		}
	}
	visit(q.root, nil, inside)
	return found
}

// silence says why a field may be null without an error, "" when it may not.
func (n *needFacts) silence(q *Query, field string) string {
	why := n.silent[field]
	for _, check := range n.checks[field] {
		if !check.Soft {
			continue
		}
		if why == "" {
			why = check.When
		}
		for _, scope := range check.Scopes {
			if needs := q.Needs(); slices.Contains(needs.Soft, scope) {
				return "the token may lack " + scope
			}
		}
	}
	return why
}
