package fake

import (
	"context"
	"slices"

	"github.com/graph-gophers/graphql-go"
)

// activeUser resolves User: the token's owner.
type activeUser struct {
	ID        graphql.ID
	Name      string
	Company   *string
	Bio       *string
	Avatar    *string
	Verified  *bool
	Role      *string
	CreatedAt *dateTime

	user *user
}

func newActiveUser(_ *call, u *user) *activeUser {
	verified := true
	return &activeUser{
		ID: gid(u.id), Name: u.name, Company: optional(u.company), Bio: optional(u.bio),
		Verified: &verified, Role: &u.role, CreatedAt: &dateTime{u.created}, user: u,
	}
}

// Email is null without its scope, and that is no error.
func (a *activeUser) Email(ctx context.Context) *string {
	if !of(ctx).holds("profile:email") {
		return nil
	}
	return &a.user.email
}

// Emails gives the address all the same; the server is like that.
func (a *activeUser) Emails() []*userEmail {
	return []*userEmail{{ID: a.ID, Email: a.user.email, Verified: true, Primary: true, UserID: a.ID}}
}

type userProjectsArgs struct {
	Limit  int32
	Cursor *string
	Filter *struct {
		Search                *string
		OnlyWithRoles         *[]string
		WorkspaceID           *graphql.ID
		PersonalOnly          *bool
		IncludeImplicitAccess *bool
	}
	SortBy *[]string
}

// Projects clamps its limit to 50 without a word.
func (a *activeUser) Projects(ctx context.Context, args userProjectsArgs) (*userProjectPage, error) {
	c := of(ctx)
	var rows []row[*project]
	for _, p := range c.server.world.projects {
		role := p.role(a.user)
		if role == "" || len(c.token.LimitProjects) > 0 && !slices.Contains(c.token.LimitProjects, p.id) {
			continue
		}
		if f := args.Filter; f != nil {
			if f.Search != nil && !matches(p.name, *f.Search) || f.OnlyWithRoles != nil && !slices.Contains(*f.OnlyWithRoles, role) ||
				f.WorkspaceID != nil && string(*f.WorkspaceID) != p.workspaceID || f.PersonalOnly != nil && *f.PersonalOnly && p.workspaceID != "" {
				continue
			}
		}
		rows = append(rows, row[*project]{p.id, p.updated, p})
	}
	limit := int(args.Limit)
	if limit != 0 {
		limit = min(max(limit, 1), 50)
	}
	shown := len(newest(rows))
	if h := c.hit(SignOnOver); h != nil {
		shown = max(0, shown-max(1, h.Rows))
	}
	p, err := turn(ctx, rows[:shown], limit, args.Cursor, timeAndID("updatedAt"))
	if err != nil {
		return nil, err
	}
	return &userProjectPage{TotalCount: count(rows), NumberOfHidden: count(rows[shown:]), Cursor: p.cursor, Items: projectNodes(c, p.rows)},
		nil
}

func projectNodes(c *call, rows []row[*project]) []*projectNode {
	out := make([]*projectNode, 0, len(rows))
	for _, r := range rows {
		node := newProjectNode(c, r.v)
		node.UpdatedAt = dateTime{r.at}
		out = append(out, node)
	}
	return out
}

// lifespan is what a token has that nobody gave one: 100 years.
const lifespan = 3_154_000_000_000

// APITokens lists the owner's tokens, which is how one learns about itself.
func (a *activeUser) APITokens(ctx context.Context) ([]*apiToken, error) {
	c := of(ctx)
	if err := c.role("server:user", "tokens:read"); err != nil {
		return nil, err
	}
	out := []*apiToken{}
	for _, t := range c.server.tokens.of(a.user.id) {
		node := &apiToken{
			ID: t.ID(), Name: t.Name, LastChars: t.Token.Token[max(0, len(t.Token.Token)-6):], Lifespan: lifespan,
			CreatedAt: dateTime{t.created}, LastUsed: dateTime{t.used},
		}
		if !t.Expires.IsZero() {
			node.Lifespan = bigInt(t.Expires.Sub(t.created).Milliseconds())
		}
		for _, scope := range t.Scopes {
			node.Scopes = append(node.Scopes, new(scope))
		}
		if node.Scopes == nil {
			node.Scopes = []*string{}
		}
		out = append(out, node)
	}
	return out, nil
}

type userWorkspacesArgs struct {
	Limit  int32
	Cursor maybe
	Filter *struct {
		Search    *string
		Completed *bool
	}
}

// Workspaces is refused unless the module is on.
func (a *activeUser) Workspaces(ctx context.Context, args userWorkspacesArgs) (*workspacePage, error) {
	c := of(ctx)
	if err := c.workspaces(); err != nil {
		return nil, err
	}
	var rows []row[struct{}]
	if w := c.server.world.workspace; w.role(a.user) != "" {
		rows = append(rows, row[struct{}]{id: w.id, at: w.created})
	}
	p, err := turn(ctx, rows, int(args.Limit), args.Cursor.text, timeAndID("createdAt"))
	if err != nil {
		return nil, err
	}
	out := &workspacePage{TotalCount: count(rows), Cursor: p.cursor, Items: []*workspaceNode{}}
	for range p.rows {
		out.Items = append(out.Items, newWorkspaceNode(c))
	}
	return out, nil
}
