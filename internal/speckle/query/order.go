package query

import (
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// newestFirst are the lists that come newest first, and the field of their
// records that decides: specklesystems/speckle-server 51d43b91 (2026-06-15).
var newestFirst = map[string]string{
	"AdminQueries.inviteList": "createdAt", "AdminQueries.projectList": "updatedAt", "AdminQueries.userList": "createdAt",
	"AdminQueries.workspaceList": "createdAt",
	"Automation.runs":            "updatedAt", "Branch.activity": "time", "Branch.commits": "createdAt", "Comment.replies": "createdAt",
	"Commit.activity":      "time",
	"LimitedUser.activity": "time", "LimitedUser.timeline": "time",
	"Model.commentThreads": "createdAt", "Model.uploads": "convertedLastUpdate", "Model.versions": "createdAt",
	"Project.accSyncItems": "updatedAt", "Project.automations": "updatedAt", "Project.blobs": "createdAt",
	"Project.commentThreads": "createdAt",
	"Project.dashboards":     "updatedAt", "Project.embedTokens": "createdAt", "Project.models": "updatedAt",
	"Project.modelsTree": "updatedAt",
	"Project.versions":   "createdAt",
	"Query.userSearch":   "createdAt", "Query.users": "createdAt", "Stream.activity": "time",
	"User.activity": "time", "User.projects": "updatedAt", "User.timeline": "time", "Version.commentThreads": "createdAt",
	"Workspace.projects": "updatedAt",
}

// order fills in how the paged field's records come. An argument that orders
// them may order them otherwise.
func (p *Paging) order(f *ast.Field, keys map[string]selected) {
	if p.Field == "" || orders(f.Arguments) {
		return
	}
	p.Order = newestFirst[p.Field]
	p.Fixed = p.Field == "Object.children" && f.Arguments.ForName("query") == nil // what an object is made of is its id
	p.TimeKey = keys[p.Order].alias
}

func orders(list ast.ArgumentList) bool {
	for _, argument := range list {
		if ordering(argument.Name) {
			return true
		}
		for _, child := range argument.Value.Children {
			if ordering(child.Name) {
				return true
			}
		}
	}
	return false
}

func ordering(name string) bool {
	return strings.EqualFold(name, "sortBy") || strings.EqualFold(name, "orderBy")
}

// Noun is what the records are called in messages: models.
func (p *Paging) Noun() string {
	if _, field, known := strings.Cut(p.Field, "."); known {
		return field
	}
	return "records"
}

// Dated reports whether a record that is the same as before is surely at the
// same place of its list, too.
func (p *Paging) Dated() bool { return p.TimeKey != "" || p.Order == "createdAt" || p.Order == "time" }
