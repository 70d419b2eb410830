package fake

import "context"

// serverVersion is what serverInfo says; runs show it.
const serverVersion = "2.5.4-fake"

var scopeTexts = map[string]string{
	"streams:read":  "Read your projects & models",
	"streams:write": "Create and change projects & models",
	"profile:read":  "Read your profile",
	"profile:write": "Change your profile",
	"profile:email": "Read your email address",
	"users:read":    "Read other people's profiles",
	"server:stats":  "Read this server's statistics",
}

// queries resolves the fields of Query and Mutation.
type queries struct{ server *Server }

// ServerInfo needs no token.
func (q *queries) ServerInfo() *serverInfo {
	version, company, about := serverVersion, practice, "An embedded server for tests and demonstrations"
	inviteOnly := false
	info := &serverInfo{
		Name: "Fake Speckle Server", Version: &version, Company: &company, Description: &about,
		CanonicalURL: optional(q.server.URL), AdminContact: new("bim@harbourlime.example"), InviteOnly: &inviteOnly,
		Configuration: serverConfiguration{
			ObjectSizeLimitBytes: 100 << 20, BlobSizeLimitBytes: 100 << 20, ObjectMultipartUploadSizeLimitBytes: 100 << 20,
			EmailVerificationTimeoutMinutes: 5,
		},
		Migration:  &serverMigration{},
		Workspaces: serverWorkspaces{q.server.options.Workspaces},
	}
	for _, name := range AllScopes {
		info.Scopes = append(info.Scopes, scopeNode{name, scopeTexts[name]})
	}
	return info
}

// ActiveUser is null without a token, and that is no error.
func (q *queries) ActiveUser(ctx context.Context) (*activeUser, error) {
	c := of(ctx)
	if err := c.need("profile:read"); err != nil || c.user == nil {
		return nil, err
	}
	return newActiveUser(c, c.user), nil
}

// OtherUser is null for nobody.
func (q *queries) OtherUser(ctx context.Context, args struct{ ID string }) (*limitedUser, error) {
	if err := of(ctx).role("server:guest", "users:read"); err != nil {
		return nil, err
	}
	if u := q.server.world.user(args.ID); u != nil {
		return newLimitedUser(u), nil
	}
	return nil, nil
}

type usersInput struct {
	Query     string
	Cursor    *string
	Limit     *int32
	EmailOnly *bool
	ProjectID *string
}

// Users searches everybody on the server.
func (q *queries) Users(ctx context.Context, args struct{ Input usersInput }) (*userPage, error) {
	if err := of(ctx).role("server:guest", "users:read", "profile:read"); err != nil {
		return nil, err
	}
	in := args.Input
	limit := int32(10)
	if in.Limit != nil {
		limit = *in.Limit
	}
	if err := atMost100(limit); err != nil {
		return nil, err
	}
	if in.Query == "" {
		return nil, badRequest("Search query must be at least 1 character.")
	}
	var rows []row[*user]
	for _, u := range q.server.world.users {
		if matches(u.name, in.Query) || matches(u.email, in.Query) {
			rows = append(rows, row[*user]{u.id, u.created, u})
		}
	}
	p, err := turn(ctx, newest(rows), int(limit), in.Cursor, plainTime)
	if err != nil {
		return nil, err
	}
	out := &userPage{Cursor: p.cursor, Items: []*limitedUser{}}
	for _, r := range p.rows {
		out.Items = append(out.Items, newLimitedUser(r.v))
	}
	return out, nil
}

// Project is refused with a different text for strangers and for nobody.
func (q *queries) Project(ctx context.Context, args struct{ ID string }) (*projectNode, error) {
	c := of(ctx)
	if err := c.need("streams:read"); err != nil {
		return nil, err
	}
	p, err := c.reads(args.ID)
	if err != nil {
		return nil, err
	}
	return newProjectNode(c, p), nil
}

// Admin is for administrators, and needs the scope of statistics.
func (q *queries) Admin(ctx context.Context) (*adminQueries, error) {
	c := of(ctx)
	return &adminQueries{c}, c.role("server:admin", "server:stats")
}

// WorkspaceBySlug is refused unless the module is on.
func (q *queries) WorkspaceBySlug(ctx context.Context, args struct{ Slug string }) (*workspaceNode, error) {
	return q.workspace(ctx, args.Slug == q.server.world.workspace.slug)
}

// Workspace is the same by id.
func (q *queries) Workspace(ctx context.Context, args struct{ ID string }) (*workspaceNode, error) {
	return q.workspace(ctx, args.ID == q.server.world.workspace.id)
}

func (q *queries) workspace(ctx context.Context, found bool) (*workspaceNode, error) {
	c := of(ctx)
	if err := c.role("server:guest", "workspace:read"); err != nil {
		return nil, err
	}
	if err := c.workspaces(); err != nil {
		return nil, err
	}
	if !found {
		return nil, notFound("WORKSPACE_NOT_FOUND_ERROR", "Workspace not found")
	}
	if q.server.world.workspace.role(c.user) == "" {
		return nil, forbidden("You do not have access to this workspace")
	}
	return newWorkspaceNode(c), nil
}
