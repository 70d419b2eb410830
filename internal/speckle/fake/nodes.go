package fake

import (
	"path"
	"sort"

	"github.com/graph-gophers/graphql-go"
)

// projectNode resolves Project.
type projectNode struct {
	ID                  graphql.ID
	Name                string
	Description         *string
	Visibility          string
	Role                *string
	CreatedAt           dateTime
	UpdatedAt           dateTime
	WorkspaceID         *string
	AllowPublicComments bool

	project *project
}

func newProjectNode(c *call, p *project) *projectNode {
	return &projectNode{
		ID: gid(p.id), Name: p.name, Description: optional(p.description), Visibility: p.visibility, Role: optional(p.role(c.user)),
		CreatedAt: dateTime{p.created}, UpdatedAt: dateTime{p.updated}, WorkspaceID: optional(p.workspaceID), project: p,
	}
}

// modelNode resolves Model.
type modelNode struct {
	ID               graphql.ID
	Name             string
	DisplayName      string
	Description      *string
	CreatedAt        dateTime
	UpdatedAt        dateTime
	Author           *limitedUser
	PreviewURL       *string
	ProjectID        string
	ResourceIDString string

	project *project
	model   *model
}

func newModelNode(p *project, m *model) *modelNode {
	return &modelNode{
		ID: gid(m.id), Name: m.name, DisplayName: path.Base(m.name), Description: optional(m.description),
		CreatedAt: dateTime{m.created}, UpdatedAt: dateTime{m.updated}, Author: newLimitedUser(m.author),
		ProjectID: p.id, ResourceIDString: m.id, project: p, model: m,
	}
}

// versionNode resolves Version.
type versionNode struct {
	ID                 graphql.ID
	Message            *string
	CreatedAt          dateTime
	SourceApplication  *string
	ReferencedObject   *string
	TotalChildrenCount *int32
	AuthorUser         *limitedUser
	PreviewURL         string
	Parents            *[]*string

	project *project
	version *version
}

func newVersionNode(p *project, v *version) *versionNode {
	n := &versionNode{
		ID: gid(v.id), Message: v.message, CreatedAt: dateTime{v.created}, SourceApplication: optional(v.app),
		ReferencedObject: optional(v.object), AuthorUser: newLimitedUser(v.author),
		PreviewURL: "/preview/" + p.id + "/commits/" + v.id, project: p, version: v,
	}
	if r := p.roots[v.object]; r != nil {
		n.TotalChildrenCount = r.total
	} else if v.bundle != nil {
		n.TotalChildrenCount = new(int32(v.children)) //nolint:gosec // far below 2³¹
	}
	if v.created.Before(p.shownFrom) && v.model.versions[0] != v {
		n.ReferencedObject = nil
	}
	return n
}

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

// commentNode resolves Comment.
type commentNode struct {
	ID              string
	Author          *limitedUser
	AuthorID        string
	Archived        bool
	RawText         *string
	ViewerResources []*viewerResource
	CreatedAt       dateTime
	UpdatedAt       dateTime
	ViewedAt        *dateTime
	HasParent       bool

	comment *comment
}

// workspaceNode resolves Workspace.
type workspaceNode struct {
	ID          graphql.ID
	Name        string
	Slug        string
	Description *string
	CreatedAt   dateTime
	UpdatedAt   dateTime
	Role        *string
	ReadOnly    bool

	call *call
}

func newWorkspaceNode(c *call) *workspaceNode {
	w := c.server.world.workspace
	return &workspaceNode{
		ID: gid(w.id), Name: w.name, Slug: w.slug, CreatedAt: dateTime{w.created}, UpdatedAt: dateTime{w.created},
		Role: optional(w.role(c.user)), call: c,
	}
}
