package fake

import (
	"encoding/base64"
	"encoding/json"
	"slices"
	"strings"
)

// condition is one of children's query.
type condition struct {
	Field    string `json:"field"`
	Operator string `json:"operator"`
	Value    any    `json:"value"`
	Verb     string `json:"verb"`
}

func (q condition) holds(data any) bool {
	order, known := compare(dig(data, q.Field), q.Value)
	switch q.Operator {
	case "=":
		return known && order == 0
	case "!=":
		return !known || order != 0
	case ">":
		return known && order > 0
	case ">=":
		return known && order >= 0
	case "<":
		return known && order < 0
	case "<=":
		return known && order <= 0
	}
	return false
}

func compare(a, b any) (int, bool) {
	if x, ok := a.(float64); ok {
		y, ok := b.(float64)
		switch {
		case !ok:
			return 0, false
		case x < y:
			return -1, true
		case x > y:
			return 1, true
		}
		return 0, true
	}
	x, ok := a.(string)
	y, also := b.(string)
	if ok && also {
		return strings.Compare(x, y), true
	}
	return 0, a == nil && b == nil || a == b && a != nil && !isContainer(a)
}

func isContainer(v any) bool {
	switch v.(type) {
	case map[string]any, []any:
		return true
	}
	return false
}

// bookmark is the cursor of filtered children.
type bookmark struct {
	Field    string `json:"field"`
	Operator string `json:"operator"`
	Value    any    `json:"value"`
	LastSeen string `json:"lastSeenId"`
}

// filtered gives children by query or in another order. Its pages overlap by
// one object when there is no order, and a short page ends it, both as on the
// real server.
func (n *objectNode) filtered(args childrenArgs, limit int) (*objectPage, error) {
	field, descending := "id", false
	if args.OrderBy != nil {
		var order struct{ Field, Direction string }
		_ = json.Unmarshal(args.OrderBy.raw, &order) // an object, by the schema
		field, descending = order.Field, strings.EqualFold(order.Direction, "desc")
	}
	found := n.find(args.Query)
	slices.SortStableFunc(found, func(a, b decoded) int {
		order, _ := compare(dig(a.data, field), dig(b.data, field))
		if descending {
			return -order
		}
		return order
	})
	start, err := n.resume(args, found)
	if err != nil {
		return nil, err
	}
	end := start + min(limit, len(found)-start)
	page := &objectPage{TotalCount: count(found), Objects: []*objectNode{}}
	for _, d := range found[start:end] {
		page.Objects = append(page.Objects, chosen(d.object, args.Select))
	}
	if end-start == limit && limit > 0 {
		last := found[end-1]
		page.Cursor = new(base64.StdEncoding.EncodeToString(encode(bookmark{field, ">", dig(last.data, field), last.id})))
	}
	return page, nil
}

type decoded struct {
	object

	data any
}

func (n *objectNode) find(query *[]jsonObject) []decoded {
	var conditions []condition
	if query != nil {
		for _, q := range *query {
			var c condition
			_ = json.Unmarshal(q.raw, &c) // an object, by the schema
			conditions = append(conditions, c)
		}
	}
	var out []decoded
	for i := range n.below.size() {
		d := decoded{object: n.below.at(i)}
		_ = json.Unmarshal(d.object.data, &d.data) // made here
		if !slices.ContainsFunc(conditions, func(c condition) bool { return !c.holds(d.data) }) {
			out = append(out, d)
		}
	}
	return out
}

func (n *objectNode) resume(args childrenArgs, found []decoded) (int, error) {
	if args.Cursor == nil || *args.Cursor == "" {
		return 0, nil
	}
	raw, err := base64.StdEncoding.DecodeString(*args.Cursor)
	var mark bookmark
	if err != nil || json.Unmarshal(raw, &mark) != nil {
		return 0, unforeseen("Unexpected token in JSON at position 0")
	}
	i := slices.IndexFunc(found, func(d decoded) bool { return d.id == mark.LastSeen })
	if args.OrderBy == nil {
		return max(i, 0), nil // the last one again
	}
	return i + 1, nil
}
