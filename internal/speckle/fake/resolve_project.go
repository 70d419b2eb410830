package fake

import (
	"context"
	"slices"

	"github.com/graph-gophers/graphql-go"
)

// SourceApps are the programs that versions came from.
func (n *projectNode) SourceApps() []string { return n.project.sourceApps() }

// Team is non-null and needs users:read: without it, all data is null.
func (n *projectNode) Team(ctx context.Context) ([]*collaborator, error) {
	c := of(ctx)
	if err := c.need("users:read"); err != nil {
		return nil, err
	}
	out := []*collaborator{}
	for _, m := range n.project.team {
		node := &collaborator{ID: gid(m.user.id), Role: m.role, User: newLimitedUser(m.user)}
		if n.project.workspaceID != "" && c.server.options.Workspaces {
			node.WorkspaceRole = optional(c.server.world.workspace.role(m.user))
		}
		out = append(out, node)
	}
	return out, nil
}

// InvitedTeam is for those who work on the project, reviewers excepted.
func (n *projectNode) InvitedTeam(ctx context.Context) (*[]*pendingCollaborator, error) {
	c := of(ctx)
	if err := c.need("users:read"); err != nil {
		return nil, err
	}
	if err := c.streamRole(n.project, "stream:contributor"); err != nil {
		return nil, err
	}
	out := []*pendingCollaborator{}
	for _, i := range n.project.invited {
		out = append(out, &pendingCollaborator{
			ID: "invite:" + i.id, InviteID: i.id, ProjectID: n.project.id, ProjectName: n.project.name,
			Title: i.title, Role: i.role, InvitedBy: newLimitedUser(i.by),
		})
	}
	return &out, nil
}

type modelsFilter struct {
	Search           *string
	SourceApps       *[]string
	Contributors     *[]string
	OnlyWithVersions *bool
	IDs              *[]string
	ExcludeIDs       *[]string
}

// excluded are the ids that a list is given without. What is excluded is taken
// at first, so that a fault finds the rows that it is about.
func (f *modelsFilter) excluded() *[]string {
	if f == nil {
		return nil
	}
	return f.ExcludeIDs
}

func (f *modelsFilter) takes(m *model) bool {
	if f == nil {
		return true
	}
	by := func(list *[]string, has func(*version) string) bool {
		return list == nil || slices.ContainsFunc(m.versions, func(v *version) bool { return matchesAny(has(v), list) })
	}
	return (f.Search == nil || matches(m.name, *f.Search)) &&
		(f.IDs == nil || matchesAny(m.id, f.IDs)) &&
		(f.OnlyWithVersions == nil || !*f.OnlyWithVersions || len(m.versions) > 0) &&
		by(f.SourceApps, func(v *version) string { return v.app }) &&
		by(f.Contributors, func(v *version) string { return v.author.id })
}

type modelsArgs struct {
	Limit  int32
	Cursor *string
	Filter *modelsFilter
}

// Models clamps its limit to 500 without a word.
func (n *projectNode) Models(ctx context.Context, args modelsArgs) (*modelPage, error) {
	var rows []row[*model]
	for _, m := range n.project.models {
		if args.Filter.takes(m) {
			rows = append(rows, row[*model]{m.id, m.updated, m})
		}
	}
	limit := int(args.Limit)
	if limit != 0 {
		limit = min(max(limit, 1), maxModels)
	}
	excluded := args.Filter.excluded()
	p, err := turnWithout(ctx, newest(rows), excluded, limit, args.Cursor, plainTime)
	if err != nil {
		return nil, err
	}
	rows = slices.DeleteFunc(rows, func(r row[*model]) bool { return matchesAny(r.id, excluded) })
	out := &modelPage{TotalCount: count(rows), Cursor: p.cursor, Items: make([]*modelNode, 0, len(p.rows))}
	for _, r := range p.rows {
		node := newModelNode(n.project, r.v)
		node.UpdatedAt = dateTime{r.at}
		out.Items = append(out.Items, node)
	}
	return out, nil
}

// Model is one by its id.
func (n *projectNode) Model(args struct{ ID string }) (*modelNode, error) {
	if m := n.project.model(args.ID); m != nil {
		return newModelNode(n.project, m), nil
	}
	return nil, notFound("BRANCH_NOT_FOUND", "Model not found")
}

// ModelByName is one by its whole name.
func (n *projectNode) ModelByName(args struct{ Name string }) (*modelNode, error) {
	for _, m := range n.project.models {
		if m.name == args.Name {
			return newModelNode(n.project, m), nil
		}
	}
	return nil, notFound("BRANCH_NOT_FOUND", "Model not found")
}

type versionsArgs struct {
	Limit  int32
	Cursor *string
}

// Versions are those of all models.
func (n *projectNode) Versions(ctx context.Context, args versionsArgs) (*versionPage, error) {
	return versions(ctx, n.project, n.project.versions, nil, args.Limit, args.Cursor)
}

// Version is one by its id.
func (n *projectNode) Version(args struct{ ID string }) (*versionNode, error) {
	if v := n.project.version(args.ID); v != nil {
		return newVersionNode(n.project, v), nil
	}
	return nil, notFound("COMMIT_NOT_FOUND", "Version not found")
}

// Webhooks is a read, yet the field asks for streams:write.
func (n *projectNode) Webhooks(ctx context.Context, args struct{ ID *string }) (*webhookPage, error) {
	c := of(ctx)
	if err := c.role("server:user", "streams:write"); err != nil {
		return nil, err
	}
	if err := c.streamRole(n.project, "stream:owner"); err != nil {
		return nil, err
	}
	out := &webhookPage{Items: []*webhookNode{}}
	for _, h := range n.project.webhooks {
		if args.ID != nil && *args.ID != h.id {
			continue
		}
		enabled := true
		out.Items = append(out.Items, &webhookNode{
			ID: h.id, ProjectID: n.project.id, HasSecret: true, URL: h.url,
			Description: optional(h.description), Triggers: h.triggers, Enabled: &enabled,
		})
	}
	out.TotalCount = count(out.Items)
	return out, nil
}

type blobsArgs struct {
	Query  maybe
	Limit  graphql.NullInt
	Cursor maybe
}

// Blobs are the files of the imports. No more than 25 come at once.
func (n *projectNode) Blobs(ctx context.Context, args blobsArgs) (*blobPage, error) {
	var rows []row[*upload]
	out := &blobPage{}
	for _, m := range n.project.models {
		for _, u := range m.uploads {
			if args.Query.text != nil && !matches(u.file, *args.Query.text) {
				continue
			}
			rows = append(rows, row[*upload]{u.id, u.at, u})
			out.TotalSize += int32(u.size) //nolint:gosec // below 100 MB each
		}
	}
	limit := 25
	if args.Limit.Value != nil && *args.Limit.Value > 0 {
		limit = min(limit, int(*args.Limit.Value))
	}
	p, err := turn(ctx, newest(rows), limit, args.Cursor.text, wrappedTime)
	if err != nil {
		return nil, err
	}
	items := []*blobNode{}
	for _, r := range p.rows {
		size := int32(r.v.size) //nolint:gosec // below 100 MB
		items = append(items, &blobNode{
			ID: r.id, FileName: r.v.file, FileType: r.v.kind, FileSize: &size, UploadStatus: 1, CreatedAt: dateTime{r.at}, UserID: r.v.user.id,
		})
	}
	out.TotalCount, out.Cursor, out.Items = count(rows), p.cursor, &items
	return out, nil
}

// Workspace needs a scope of its own.
func (n *projectNode) Workspace(ctx context.Context) (*workspaceNode, error) {
	c := of(ctx)
	if err := c.need("workspace:read"); err != nil {
		return nil, err
	}
	if err := c.workspaces(); err != nil || n.project.workspaceID == "" {
		return nil, err
	}
	return newWorkspaceNode(c), nil
}
