package query

// Each is the step of a path from a list to what is in it.
const Each = "[]"

// Reach is how far a path leads into what a query selects.
type Reach struct {
	Steps   int      // of the path that are selected
	Missing bool     // the step behind them is a key that isn't
	Keys    []string // that are selected in its place
	Free    bool     // what is behind them is the data's: the query can't tell
}

// Reach follows a path of response keys into a record, or into the data around
// the records. It stops where the query doesn't say what comes: in free JSON,
// and where a path doesn't fit the selection.
func (q *Query) Reach(data bool, path []string) Reach {
	n := q.root
	if !data && q.Paging != nil {
		n = q.root.at(append(append([]string{}, q.Paging.Path...), q.Paging.Items)...)
	}
	inside := true // of the list that n is, or it is none
	for i, step := range path {
		switch {
		case len(n.Children) == 0:
			return Reach{Steps: i, Free: n.typ == "" || n.typ == freeJSON}
		case step == Each && (inside || !n.list && n.typ != ""), step != Each && !inside:
			return Reach{Steps: i} // no way to tell
		case step == Each:
			inside = true
			continue
		}
		next := n.Child(step)
		if next == nil {
			keys := make([]string, len(n.Children))
			for k, c := range n.Children {
				keys[k] = c.Key
			}
			return Reach{Steps: i, Missing: true, Keys: keys}
		}
		n, inside = next, !next.list
	}
	return Reach{Steps: len(path)}
}
