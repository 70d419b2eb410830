package fake

import (
	"context"
	"slices"
	"strings"

	"github.com/graph-gophers/graphql-go"
)

type modelVersionsArgs struct {
	Limit  int32
	Cursor *string
	Filter *struct {
		PriorityIDs     *[]string
		PriorityIDsOnly *bool
	}
}

// Versions are those of this model. Those with priority come first on the first
// page, or alone; behind a cursor they are left out.
func (n *modelNode) Versions(ctx context.Context, args modelVersionsArgs) (*versionPage, error) {
	f := args.Filter
	if f == nil || f.PriorityIDs == nil {
		return versions(ctx, n.project, n.model.versions, nil, args.Limit, args.Cursor)
	}
	if args.Cursor != nil && *args.Cursor != "" {
		return versions(ctx, n.project, n.model.versions, f.PriorityIDs, args.Limit, args.Cursor)
	}
	var before []*version
	for _, v := range n.model.versions {
		if matchesAny(v.id, f.PriorityIDs) {
			before = append(before, v)
		}
	}
	if f.PriorityIDsOnly != nil && *f.PriorityIDsOnly {
		return versions(ctx, n.project, before, nil, args.Limit, args.Cursor)
	}
	out, err := versions(ctx, n.project, n.model.versions, f.PriorityIDs, args.Limit, args.Cursor)
	if err != nil || len(before) == 0 {
		return out, err
	}
	first := make([]*versionNode, len(before))
	for i, v := range before {
		first[i] = newVersionNode(n.project, v)
	}
	out.Items = slices.Concat(first, out.Items)[:min(max(int(args.Limit), 0), len(first)+len(out.Items))]
	if last := len(out.Items) - 1; last >= 0 {
		out.Cursor = new(iso(out.Items[last].CreatedAt.Time))
	}
	return out, nil
}

// Version is one by its id.
func (n *modelNode) Version(args struct{ ID string }) (*versionNode, error) {
	for _, v := range n.model.versions {
		if v.id == args.ID {
			return newVersionNode(n.project, v), nil
		}
	}
	return nil, notFound("COMMIT_NOT_FOUND", "Version not found")
}

// versions refuses more than 100 at once, inside of HTTP 200.
func versions(ctx context.Context, p *project, list []*version, without *[]string, limit int32, cursor *string) (*versionPage, error) {
	if err := atMost100(limit); err != nil {
		return nil, err
	}
	rows := make([]row[*version], len(list))
	for i, v := range list {
		rows[i] = row[*version]{v.id, v.created, v}
	}
	got, err := turnWithout(ctx, rows, without, int(limit), cursor, plainTime)
	if err != nil {
		return nil, err
	}
	out := &versionPage{TotalCount: count(rows), Cursor: got.cursor, Items: make([]*versionNode, 0, len(got.rows))}
	for _, r := range got.rows {
		node := newVersionNode(p, r.v)
		node.CreatedAt = dateTime{r.at}
		out.Items = append(out.Items, node)
	}
	return out, nil
}

// AutomationsStatus is that of the newest version.
func (n *modelNode) AutomationsStatus() *automationsStatus {
	a := n.model.automation
	if a == nil {
		return nil
	}
	at := dateTime{a.at}
	return &automationsStatus{
		ID: gid(a.id), Status: a.status, StatusMessage: optional(a.message),
		AutomationRuns: []*automationRun{{
			ID: gid("run-" + a.id), Status: a.status, CreatedAt: at, UpdatedAt: at, AutomationID: "a0" + a.id[2:],
			Automation: &automationNode{ID: gid("a0" + a.id[2:]), Name: a.name, Enabled: true, CreatedAt: at, UpdatedAt: at},
		}},
	}
}

// CommentThreads are those on any version of the model.
func (n *modelNode) CommentThreads(ctx context.Context, args commentsArgs) (*commentPage, error) {
	return commentsWhere(ctx, n.project, args, func(c *comment) bool { return c.model == n.model.id })
}

type uploadsArgs struct {
	Input *struct {
		Limit  graphql.NullInt
		Cursor *string
	}
}

// Uploads are the file imports into the model.
func (n *modelNode) Uploads(ctx context.Context, args uploadsArgs) (*uploadPage, error) {
	rows := make([]row[*upload], len(n.model.uploads))
	for i, u := range n.model.uploads {
		rows[i] = row[*upload]{u.id, u.changed, u}
	}
	limit, cursor := 25, (*string)(nil)
	if args.Input != nil {
		cursor = args.Input.Cursor
		if args.Input.Limit.Value != nil {
			limit = min(int(*args.Input.Limit.Value), 100)
		}
	}
	p, err := turn(ctx, newest(rows), limit, cursor, timeAndID("convertedLastUpdate"))
	if err != nil {
		return nil, err
	}
	out := &uploadPage{TotalCount: count(rows), Cursor: p.cursor, Items: []*uploadNode{}}
	for _, r := range p.rows {
		u := r.v
		out.Items = append(out.Items, &uploadNode{
			ID: u.id, ProjectID: n.project.id, ModelName: n.model.name, ModelID: &n.model.id, UserID: u.user.id,
			ConvertedStatus:  int32(u.status), //nolint:gosec // 0 to 3
			ConvertedMessage: optional(u.message), ConvertedVersionID: optional(u.version),
			FileName: u.file, FileType: strings.ToLower(u.kind),
			FileSize:       int32(u.size), //nolint:gosec // below 100 MB
			UploadComplete: true,
			UploadDate:     dateTime{u.at}, ConvertedLastUpdate: dateTime{r.at}, UpdatedAt: dateTime{r.at},
		})
	}
	return out, nil
}

// Model is the one that the version is of.
func (n *versionNode) Model() *modelNode { return newModelNode(n.project, n.version.model) }

// AutomationsStatus stands at the newest version of a model only.
func (n *versionNode) AutomationsStatus() *automationsStatus {
	m := n.version.model
	if len(m.versions) == 0 || m.versions[0] != n.version {
		return nil
	}
	return newModelNode(n.project, m).AutomationsStatus()
}

// CommentThreads are those on this version.
func (n *versionNode) CommentThreads(ctx context.Context, args commentsArgs) (*commentPage, error) {
	return commentsWhere(ctx, n.project, args, func(c *comment) bool { return c.version == n.version.id })
}
