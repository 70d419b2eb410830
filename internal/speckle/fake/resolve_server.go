package fake

import (
	"context"
	"strings"
)

// adminQueries resolves what only administrators may ask.
type adminQueries struct{ call *call }

// ServerStatistics counts the world.
func (a *adminQueries) ServerStatistics() *serverStatistics {
	w := a.call.server.world
	out := &serverStatistics{TotalProjectCount: count(w.projects), TotalUserCount: count(w.users)}
	for _, p := range w.projects {
		out.TotalPendingInvites += count(p.invited)
	}
	return out
}

type projectListArgs struct {
	Query      *string
	OrderBy    *string
	Visibility *string
	Limit      int32
	Cursor     maybe
}

// ProjectList gives every project, whoever owns it.
func (a *adminQueries) ProjectList(ctx context.Context, args projectListArgs) (*projectPage, error) {
	created := args.OrderBy != nil && strings.HasPrefix(*args.OrderBy, "createdAt")
	var rows []row[*project]
	for _, p := range a.call.server.world.projects {
		if args.Query != nil && !matches(p.name, *args.Query) || args.Visibility != nil && !strings.EqualFold(p.visibility, *args.Visibility) {
			continue
		}
		at := p.updated
		if created {
			at = p.created
		}
		rows = append(rows, row[*project]{p.id, at, p})
	}
	p, err := turn(ctx, newest(rows), int(args.Limit), args.Cursor.text, wrappedTime)
	if err != nil {
		return nil, err
	}
	out := &projectPage{TotalCount: count(rows), Cursor: p.cursor, Items: []*projectNode{}}
	for _, r := range p.rows {
		out.Items = append(out.Items, newProjectNode(a.call, r.v))
	}
	return out, nil
}

type userListArgs struct {
	Limit  int32
	Cursor maybe
	Query  maybe
	Role   maybe
}

// UserList gives addresses without users:email; the server is like that.
func (a *adminQueries) UserList(ctx context.Context, args userListArgs) (*adminUserPage, error) {
	if err := a.call.role("server:admin", "users:read"); err != nil {
		return nil, err
	}
	var rows []row[*user]
	for _, u := range a.call.server.world.users {
		role := "SERVER_" + strings.ToUpper(strings.TrimPrefix(u.role, "server:"))
		if (args.Query.text == nil || matches(u.name, *args.Query.text)) && (args.Role.text == nil || role == *args.Role.text) {
			rows = append(rows, row[*user]{u.id, u.created, u})
		}
	}
	p, err := turn(ctx, newest(rows), min(max(int(args.Limit), 1), 200), args.Cursor.text, wrappedTime)
	if err != nil {
		return nil, err
	}
	out := &adminUserPage{TotalCount: count(rows), Cursor: p.cursor, Items: []*adminUser{}}
	verified := true
	for _, r := range p.rows {
		u := r.v
		out.Items = append(out.Items, &adminUser{
			ID: gid(u.id), Email: &u.email, Name: u.name, Company: optional(u.company), Verified: &verified, Role: &u.role,
		})
	}
	return out, nil
}

func (n *workspaceNode) projects() []*project {
	var out []*project
	for _, p := range n.call.server.world.projects {
		if p.workspaceID == string(n.ID) {
			out = append(out, p)
		}
	}
	return out
}

// Plan is that of the practice.
func (n *workspaceNode) Plan() *workspacePlan {
	usage := planUsage{}
	for _, p := range n.projects() {
		usage.ProjectCount++
		usage.ModelCount += count(p.models)
	}
	return &workspacePlan{Name: "pro", Status: "valid", CreatedAt: n.CreatedAt, Usage: usage}
}

type workspaceTeamArgs struct {
	Limit  int32
	Cursor *string
	Filter *struct {
		Roles    *[]string
		Search   *string
		SeatType *string
	}
}

// Team needs users:read. Addresses are for the workspace's administrators.
func (n *workspaceNode) Team(ctx context.Context, args workspaceTeamArgs) (*memberPage, error) {
	if err := n.call.need("users:read"); err != nil {
		return nil, err
	}
	var rows []row[seat]
	for _, s := range n.call.server.world.workspace.team {
		if f := args.Filter; f != nil && (f.Roles != nil && !matchesAny(s.role, f.Roles) ||
			f.Search != nil && !matches(s.user.name, *f.Search) || f.SeatType != nil && *f.SeatType != s.seat) {
			continue
		}
		rows = append(rows, row[seat]{s.user.id, s.joined, s})
	}
	p, err := turn(ctx, newest(rows), min(int(args.Limit), 100), args.Cursor, timeAndID("workspaceRoleCreatedAt"))
	if err != nil {
		return nil, err
	}
	out := &memberPage{TotalCount: count(rows), Cursor: p.cursor, Items: []*workspaceMember{}}
	for _, r := range p.rows {
		m := &workspaceMember{
			ID: gid(r.id), Role: r.v.role, SeatType: &r.v.seat, JoinDate: dateTime{r.at}, User: newLimitedUser(r.v.user),
		}
		if n.Role != nil && *n.Role == "workspace:admin" {
			m.Email = &r.v.user.email
		}
		out.Items = append(out.Items, m)
	}
	return out, nil
}

type workspaceProjectsArgs struct {
	Limit  int32
	Cursor *string
	Filter *struct {
		Search              *string
		WithProjectRoleOnly *bool
	}
}

// Projects are those of the workspace.
func (n *workspaceNode) Projects(ctx context.Context, args workspaceProjectsArgs) (*projectPage, error) {
	var rows []row[*project]
	for _, p := range n.projects() {
		if args.Filter == nil || args.Filter.Search == nil || matches(p.name, *args.Filter.Search) {
			rows = append(rows, row[*project]{p.id, p.updated, p})
		}
	}
	p, err := turn(ctx, newest(rows), min(int(args.Limit), 50), args.Cursor, timeAndID("updatedAt"))
	if err != nil {
		return nil, err
	}
	return &projectPage{TotalCount: count(rows), Cursor: p.cursor, Items: projectNodes(n.call, p.rows)}, nil
}
