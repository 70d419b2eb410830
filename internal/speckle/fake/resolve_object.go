package fake

import (
	"context"
	"encoding/json"
	"slices"
	"sort"
	"strings"
)

// objectNode resolves Object.
type objectNode struct {
	ID                 string
	SpeckleType        *string
	ApplicationID      *string
	CreatedAt          *dateTime
	TotalChildrenCount *int32
	Data               *jsonObject

	below children
}

// children is what lies below an object, ordered by id.
type children interface {
	size() int
	total() int32
	// after is the place of the first one beyond an id.
	after(id string) int
	at(i int) object
}

// listed are children that lie in memory.
type listed struct {
	list []object
	all  int32
}

func (l listed) size() int       { return len(l.list) }
func (l listed) total() int32    { return l.all }
func (l listed) at(i int) object { return l.list[i] }
func (l listed) after(id string) int {
	return sort.Search(len(l.list), func(i int) bool { return l.list[i].id > id })
}

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

func newRootNode(r *root, p *project, below children) *objectNode {
	kind := "Speckle.Core.Models.Collections.Collection"
	data := encode(ordered{
		{"id", r.id}, {"name", r.name}, {"units", "m"}, {"version", 3}, {"speckle_type", kind},
		{"collectionType", "model"}, {"totalChildrenCount", r.count},
	})
	return &objectNode{
		ID: r.id, SpeckleType: &kind, CreatedAt: &dateTime{p.updated}, TotalChildrenCount: r.total,
		Data: &jsonObject{data}, below: below,
	}
}

func newObjectNode(o object) *objectNode {
	zero := int32(0)
	return &objectNode{
		ID: o.id, SpeckleType: &o.kind, ApplicationID: optional(o.application), CreatedAt: &dateTime{o.created},
		TotalChildrenCount: &zero, Data: &jsonObject{o.data}, below: listed{},
	}
}

type childrenArgs struct {
	Limit   int32
	Depth   int32
	Select  *[]*string
	Cursor  *string
	Query   *[]jsonObject
	OrderBy *jsonObject
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

// chosen cuts an object's data down to the paths that were asked for; what it
// hasn't is null there.
func chosen(o object, paths *[]*string) *objectNode {
	node := newObjectNode(o)
	if paths == nil {
		return node
	}
	out := map[string]any{}
	var data map[string]any
	_ = json.Unmarshal(o.data, &data) // made here
	for _, p := range *paths {
		if p != nil {
			put(out, strings.Split(*p, "."), dig(data, *p))
		}
	}
	node.Data = &jsonObject{encode(out)}
	return node
}

func dig(data any, path string) any {
	for key := range strings.SplitSeq(path, ".") {
		object, ok := data.(map[string]any)
		if !ok {
			return nil
		}
		data = object[key]
	}
	return data
}

func put(into map[string]any, path []string, value any) {
	for _, key := range path[:len(path)-1] {
		next, ok := into[key].(map[string]any)
		if !ok {
			next = map[string]any{}
			into[key] = next
		}
		into = next
	}
	into[path[len(path)-1]] = value
}
