package fake

import (
	"context"
	"strings"

	"github.com/graph-gophers/graphql-go"
)

func newCommentNode(c *comment) *commentNode {
	return &commentNode{
		ID: c.id, Author: newLimitedUser(c.author), AuthorID: c.author.id, Archived: c.archived, RawText: &c.text,
		ViewerResources: []*viewerResource{{ModelID: &c.model, VersionID: &c.version, ObjectID: c.object}},
		CreatedAt:       dateTime{c.created}, UpdatedAt: dateTime{c.updated}, HasParent: c.reply, comment: c,
	}
}

func commentRows(list []*comment) []row[*comment] {
	rows := make([]row[*comment], len(list))
	for i, c := range list {
		rows[i] = row[*comment]{c.id, c.created, c}
	}
	return rows
}

func commentNodes(rows []row[*comment]) []*commentNode {
	out := make([]*commentNode, 0, len(rows))
	for _, r := range rows {
		node := newCommentNode(r.v)
		node.CreatedAt = dateTime{r.at}
		out = append(out, node)
	}
	return out
}

type repliesArgs struct {
	Limit  graphql.NullInt
	Cursor *string
}

// Replies come newest first, 25 unless asked for more.
func (n *commentNode) Replies(ctx context.Context, args repliesArgs) (*commentPage, error) {
	limit := 25
	if args.Limit.Value != nil {
		limit = min(int(*args.Limit.Value), 100)
	}
	p, err := turn(ctx, commentRows(n.comment.replies), limit, args.Cursor, plainTime)
	if err != nil {
		return nil, err
	}
	return &commentPage{TotalCount: count(n.comment.replies), Cursor: p.cursor, Items: commentNodes(p.rows)}, nil
}

// ReplyAuthors are those who replied, each once.
func (n *commentNode) ReplyAuthors(args struct{ Limit int32 }) *authorPage {
	seen := map[*user]bool{}
	out := &authorPage{Items: []*limitedUser{}}
	for _, reply := range n.comment.replies {
		if seen[reply.author] {
			continue
		}
		seen[reply.author] = true
		out.TotalCount++
		if out.TotalCount <= args.Limit {
			out.Items = append(out.Items, newLimitedUser(reply.author))
		}
	}
	return out
}

type commentsArgs struct {
	Cursor *string
	Limit  int32
}

type threadsArgs struct {
	Cursor *string
	Limit  *int32
	Filter *struct {
		ResourceIDString   *string
		LoadedVersionsOnly *bool
		IncludeArchived    *bool
	}
}

// CommentThreads gives all of them when no limit is named.
func (n *projectNode) CommentThreads(ctx context.Context, args threadsArgs) (*threadPage, error) {
	out := &threadPage{}
	var list []*comment
	for _, c := range n.project.threads {
		if f := args.Filter; f != nil && f.ResourceIDString != nil && !strings.Contains(*f.ResourceIDString, c.model) {
			continue
		}
		if c.archived {
			out.TotalArchivedCount++
			if args.Filter == nil || args.Filter.IncludeArchived == nil || !*args.Filter.IncludeArchived {
				continue
			}
		}
		list = append(list, c)
	}
	limit := len(list)
	if args.Limit != nil {
		limit = int(*args.Limit)
	}
	p, err := turn(ctx, commentRows(list), limit, args.Cursor, wrappedTime)
	if err != nil {
		return nil, err
	}
	out.TotalCount, out.Cursor, out.Items = count(list), p.cursor, commentNodes(p.rows)
	return out, nil
}

// Comment is one thread by its id.
func (n *projectNode) Comment(args struct{ ID string }) *commentNode {
	for _, c := range n.project.threads {
		if c.id == args.ID {
			return newCommentNode(c)
		}
	}
	return nil
}

func commentsWhere(ctx context.Context, p *project, args commentsArgs, takes func(*comment) bool) (*commentPage, error) {
	var list []*comment
	for _, c := range p.threads {
		if takes(c) && !c.archived {
			list = append(list, c)
		}
	}
	got, err := turn(ctx, commentRows(list), min(int(args.Limit), 100), args.Cursor, wrappedTime)
	if err != nil {
		return nil, err
	}
	return &commentPage{TotalCount: count(list), Cursor: got.cursor, Items: commentNodes(got.rows)}, nil
}
