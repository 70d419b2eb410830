package fake

import (
	"context"
	"slices"
)

// Object is null when there is none, and that is no error.
func (n *projectNode) Object(ctx context.Context, args struct{ ID string }) *objectNode {
	if b := of(ctx).server.bulk; n.project.id == BulkID && args.ID == BulkRootID && b != nil {
		return newRootNode(&root{id: BulkRootID, name: "Bulk", total: &b.count}, n.project, b)
	}
	if r := n.project.roots[args.ID]; r != nil {
		total := int32(0) // REST uploads leave it so, whatever there is
		if r.total != nil {
			total = *r.total
		}
		return newRootNode(r, n.project, listed{r.children(), total})
	}
	for _, id := range []string{ElementsID, UploadedID} {
		if r := n.project.roots[id]; r != nil {
			list := r.children()
			if i := slices.IndexFunc(list, func(o object) bool { return o.id == args.ID }); i >= 0 {
				return newObjectNode(list[i])
			}
		}
	}
	return nil
}

// Children has no largest page, and its cursor is the last object's id.
func (n *objectNode) Children(ctx context.Context, args childrenArgs) (*objectPage, error) {
	if args.Limit < 0 {
		return nil, unforeseen("select \"id\" from \"objects\" - LIMIT must not be negative")
	}
	limit := int(args.Limit)
	if limit == 0 {
		limit = 50
	}
	if args.Query != nil || args.OrderBy != nil {
		return n.filtered(args, min(limit, maxModels))
	}
	start := 0
	if args.Cursor != nil && *args.Cursor != "" {
		start = n.below.after(*args.Cursor)
	}
	end := start + min(limit, n.below.size()-start)
	page := &objectPage{TotalCount: n.below.total(), Objects: []*objectNode{}}
	if end > start {
		page.Cursor = new(n.below.at(end - 1).id)
	}
	for _, i := range window(ctx, sequence(n.below.size()), start, end) {
		page.Objects = append(page.Objects, chosen(n.below.at(i), args.Select))
	}
	return page, nil
}

// sequence is 0, 1, 2, … n-1.
func sequence(n int) []int {
	out := make([]int, n)
	for i := range out {
		out[i] = i
	}
	return out
}
