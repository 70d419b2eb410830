package fake

import (
	"net/http"
	"slices"
)

// What follows is Speckle's authorization in its own order: directives on the
// field first (scope, server role), then the rules of the project.

// need asks a token for scopes; it reports the first that is missing. Without
// a token nothing is asked, as @hasScope doesn't either.
func (c *call) need(scopes ...string) error {
	if c.token == nil {
		return nil
	}
	for _, scope := range scopes {
		if !c.holds(scope) {
			return scopeMissing(scope)
		}
	}
	return nil
}

func (c *call) holds(scope string) bool {
	return c.token != nil && (slices.Contains(c.token.Scopes, scope) || slices.Contains(c.token.Scopes, "*"))
}

var serverRoles = []string{"server:guest", "server:user", "server:admin"}

// role asks for a server role and then for scopes.
func (c *call) role(least string, scopes ...string) error {
	if c.user == nil {
		return unauthorized("Must provide an auth token")
	}
	if slices.Index(serverRoles, c.user.role) < slices.Index(serverRoles, least) {
		return forbidden("You do not have the required server role")
	}
	return c.need(scopes...)
}

// streamRole asks for a role on a project.
func (c *call) streamRole(p *project, least string) error {
	roles := []string{"stream:reviewer", "stream:contributor", "stream:owner"}
	if c.user == nil {
		return unauthorized("Must provide an auth token")
	}
	if slices.Index(roles, p.role(c.user)) < slices.Index(roles, least) {
		return forbidden("You do not have the required project role")
	}
	return nil
}

// reads says whether the caller may read a project.
func (c *call) reads(id string) (*project, error) {
	if c.token != nil && len(c.token.LimitProjects) > 0 && !slices.Contains(c.token.LimitProjects, id) {
		return nil, forbidden("You are not authorized to access this resource.")
	}
	p := c.server.world.byID[id]
	switch {
	case p == nil:
		return nil, notFound("STREAM_NOT_FOUND", "Project not found")
	case p.visibility == "PUBLIC" || p.role(c.user) != "":
		return p, nil
	case c.user == nil:
		return nil, forbidden("You are not logged in to this server")
	default:
		return nil, forbidden("You do not have access to the project")
	}
}

// readsNow is reads for one who doesn't hold the world's lock.
func (c *call) readsNow(id string) (*project, error) {
	c.server.world.mu.RLock()
	defer c.server.world.mu.RUnlock()
	return c.reads(id)
}

// writes says whether the caller may change a project.
func (c *call) writes(id string) (*project, error) {
	p, err := c.reads(id)
	if err != nil {
		return nil, err
	}
	return p, c.streamRole(p, "stream:contributor")
}

func (c *call) workspaces() error {
	if c.server.options.Workspaces {
		return nil
	}
	return &apiError{
		message: "Workspaces module is disabled", code: "WORKSPACES_MODULE_DISABLED_ERROR", status: http.StatusForbidden,
	}
}
