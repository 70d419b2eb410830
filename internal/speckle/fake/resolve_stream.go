package fake

import (
	"context"
	"net/http"
)

// streamNode resolves Stream, a project by its old name.
type streamNode struct {
	ID          string
	Name        string
	Description *string
	IsPublic    bool
	Role        *string
	CreatedAt   dateTime
	UpdatedAt   dateTime

	project *project
}

// Stream is nullable, unlike Project.
func (q *queries) Stream(ctx context.Context, args struct{ ID string }) (*streamNode, error) {
	c := of(ctx)
	if err := c.need("streams:read"); err != nil {
		return nil, err
	}
	p, err := c.reads(args.ID)
	if err != nil {
		return nil, err
	}
	return &streamNode{
		ID: p.id, Name: p.name, Description: optional(p.description), IsPublic: p.visibility == "PUBLIC", Role: optional(p.role(c.user)),
		CreatedAt: dateTime{p.created}, UpdatedAt: dateTime{p.updated}, project: p,
	}, nil
}

type activityArgs struct {
	ActionType *string
	After      *dateTime
	Before     *dateTime
	Cursor     *dateTime
	Limit      int32
}

// Activity is one entry for each version here. It takes 200 for 0.
func (n *streamNode) Activity(ctx context.Context, args activityArgs) (*activityPage, error) {
	if err := of(ctx).role("server:guest", "streams:read"); err != nil {
		return nil, err
	}
	var rows []row[*version]
	for _, v := range n.project.versions {
		if args.After != nil && !v.created.After(args.After.Time) || args.Before != nil && !v.created.Before(args.Before.Time) ||
			args.ActionType != nil && *args.ActionType != "commit_create" {
			continue
		}
		rows = append(rows, row[*version]{v.id, v.created, v})
	}
	limit := int(args.Limit)
	if limit == 0 {
		limit = 200
	}
	var cursor *string
	if args.Cursor != nil {
		cursor = new(iso(args.Cursor.Time))
	}
	p, err := turn(ctx, rows, limit, cursor, plainTime)
	if err != nil {
		return nil, err
	}
	out := &activityPage{TotalCount: count(rows), Cursor: p.cursor, Items: []*activityNode{}}
	for _, r := range p.rows {
		info := encode(ordered{{"id", r.id}, {"commit", ordered{{"branchName", r.v.model.name}, {"objectId", r.v.object}}}})
		out.Items = append(out.Items, &activityNode{
			ID: gid("activity-" + r.id), ActionType: "commit_create", Info: jsonObject{info}, UserID: r.v.author.id, StreamID: &n.project.id,
			ResourceID: r.id, ResourceType: "commit", Time: dateTime{r.at}, Message: "Version created on model " + r.v.model.name + ": " + r.id,
		})
	}
	return out, nil
}

// projectMutations resolves ProjectMutations.
type projectMutations struct{ call *call }

// ProjectMutations need streams:write.
func (q *queries) ProjectMutations(ctx context.Context) (*projectMutations, error) {
	c := of(ctx)
	return &projectMutations{c}, c.role("server:guest", "streams:write")
}

type projectInput struct {
	Name        *string
	Description *string
	Visibility  *string
}

// Create makes an empty project; sent twice, it makes two.
func (m *projectMutations) Create(args struct{ Input *projectInput }) (*projectNode, error) {
	if err := m.call.role("server:user"); err != nil {
		return nil, err
	}
	w := m.call.server.world
	w.created++
	d := newDice(w.seed, "created "+iso(w.now)+string(rune('0'+w.created)), w.now) //nolint:gosec // a small number of the fake server
	p := &project{id: d.id(), name: "Unnamed Project", visibility: "PRIVATE", created: now(), updated: now(), team: w.team(m.call.user)}
	if in := args.Input; in != nil {
		p.change(in.Name, in.Description, in.Visibility)
	}
	w.add(p)
	return newProjectNode(m.call, p), nil
}

type projectUpdate struct {
	ID                  gqlID
	Name                *string
	Description         *string
	Visibility          *string
	AllowPublicComments *bool
}

// Update changes what is given.
func (m *projectMutations) Update(args struct{ Update projectUpdate }) (*projectNode, error) {
	p, err := m.call.writes(string(args.Update.ID))
	if err != nil {
		return nil, err
	}
	p.change(args.Update.Name, args.Update.Description, args.Update.Visibility)
	p.updated = now()
	return newProjectNode(m.call, p), nil
}

func (p *project) change(name, description, visibility *string) {
	if name != nil {
		p.name = *name
	}
	if description != nil {
		p.description = *description
	}
	if visibility != nil {
		p.visibility = *visibility
	}
}

// versionMutations resolves VersionMutations.
type versionMutations struct{ call *call }

// VersionMutations check their scope one field further down.
func (q *queries) VersionMutations(ctx context.Context) (*versionMutations, error) {
	c := of(ctx)
	return &versionMutations{c}, c.role("server:guest")
}

type versionUpdate struct {
	ProjectID gqlID
	VersionID gqlID
	Message   *string
}

// Update changes a version's message.
func (m *versionMutations) Update(args struct{ Input versionUpdate }) (*versionNode, error) {
	if err := m.call.need("streams:write"); err != nil {
		return nil, err
	}
	p, err := m.call.writes(string(args.Input.ProjectID))
	if err != nil {
		return nil, err
	}
	v := p.version(string(args.Input.VersionID))
	if v == nil {
		return nil, &apiError{message: "Version not found", code: "COMMIT_NOT_FOUND", status: http.StatusNotFound}
	}
	if args.Input.Message != nil {
		v.message = args.Input.Message
	}
	return newVersionNode(p, v), nil
}
