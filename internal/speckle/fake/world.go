package fake

import (
	"cmp"
	"encoding/json"
	"slices"
	"sync"
	"time"
)

// world is what the server holds. Queries read it under the lock, mutations
// change it under the same.
type world struct {
	mu        sync.RWMutex
	seed      uint64
	now       time.Time
	users     []*user
	projects  []*project
	byID      map[string]*project
	workspace workspace
	created   int // projects made by mutations, for their ids
}

type user struct {
	id, name, email, company, bio, role string
	created                             time.Time
}

type workspace struct {
	id, name, slug string
	created        time.Time
	team           []seat
}

func (w workspace) role(u *user) string {
	for _, s := range w.team {
		if s.user == u {
			return s.role
		}
	}
	return ""
}

type seat struct {
	user   *user
	role   string
	seat   string
	joined time.Time
}

type member struct {
	user *user
	role string
}

type invite struct {
	id, title, role string
	by              *user
}

type webhook struct {
	id, url, description string
	triggers             []string
}

type project struct {
	id, name, description, visibility string
	workspaceID                       string
	created, updated                  time.Time
	team                              []member
	invited                           []invite
	webhooks                          []webhook
	models                            []*model
	versions                          []*version // newest first
	threads                           []*comment // newest first
	roots                             map[string]*root
	shownFrom                         time.Time // see Options.History
}

type model struct {
	id, name, description string
	created, updated      time.Time
	author                *user
	versions              []*version // newest first
	uploads               []*upload  // the one that changed last first
	automation            *automation
}

type version struct {
	id, app, object string
	bundle          *files // nil: its data is an object graph
	message         *string
	created         time.Time
	children        int
	author          *user
	model           *model
}

// files are those of a bundle, written when they are first asked for.
type files struct {
	write func(dir, prefix string) (map[string]string, error)

	once  sync.Once
	names map[string]string // to the place on disk
	err   error
}

type comment struct {
	id, text         string
	author           *user
	created, updated time.Time
	archived         bool
	model, version   string
	object           string
	replies          []*comment // newest first
	reply            bool
}

type upload struct {
	id, file, kind   string
	size             int
	status           int
	message, version string
	user             *user
	at, changed      time.Time
}

type automation struct {
	id, name, status, message string
	at                        time.Time
}

// root is an object with children. They are made when first read.
type root struct {
	id, name string
	total    *int32 // nil: uploaded over REST, which leaves it unknown
	count    int
	create   func() []object
	once     sync.Once
	made     []object
}

// object is one node of a model's tree.
type object struct {
	id, kind, application string
	created               time.Time
	data                  json.RawMessage
}

// children gives the objects below a root, ordered by id.
func (r *root) children() []object {
	r.once.Do(func() {
		if r.create == nil {
			return
		}
		r.made = r.create()
		slices.SortFunc(r.made, func(a, b object) int { return cmp.Compare(a.id, b.id) })
	})
	return r.made
}

func (p *project) role(u *user) string {
	if u == nil {
		return ""
	}
	for _, m := range p.team {
		if m.user == u {
			return m.role
		}
	}
	return ""
}

func (p *project) model(id string) *model {
	for _, m := range p.models {
		if m.id == id {
			return m
		}
	}
	return nil
}

func (p *project) version(id string) *version {
	for _, v := range p.versions {
		if v.id == id {
			return v
		}
	}
	return nil
}

func (p *project) sourceApps() []string {
	apps := []string{}
	for _, v := range p.versions {
		if !slices.Contains(apps, v.app) {
			apps = append(apps, v.app)
		}
	}
	slices.Sort(apps)
	return apps
}

// settle puts the lists of a project in their order and takes its times from
// what it holds.
func (p *project) settle() {
	p.versions = nil
	for _, m := range p.models {
		slices.SortStableFunc(m.versions, func(a, b *version) int { return b.created.Compare(a.created) })
		p.versions = append(p.versions, m.versions...)
		if m.updated.After(p.updated) {
			p.updated = m.updated
		}
	}
	slices.SortStableFunc(p.versions, func(a, b *version) int { return b.created.Compare(a.created) })
	slices.SortStableFunc(p.threads, func(a, b *comment) int { return b.created.Compare(a.created) })
}

func (w *world) user(id string) *user {
	for _, u := range w.users {
		if u.id == id {
			return u
		}
	}
	return nil
}

func (w *world) add(p *project) {
	p.settle()
	w.projects = append(w.projects, p)
	w.byID[p.id] = p
}
