package fake

import (
	"slices"
	"strconv"
	"time"
)

// Models gives the ids of a project's models as they are listed now, the newest
// first.
func (s *Server) Models(project string) []string {
	s.world.mu.RLock()
	defer s.world.mu.RUnlock()
	var rows []row[*model]
	for _, m := range s.world.byID[project].models {
		rows = append(rows, row[*model]{id: m.id, at: m.updated})
	}
	var ids []string
	for _, r := range newest(rows) {
		ids = append(ids, r.id)
	}
	return ids
}

// TouchModel changes a model, which makes it the newest of its project.
func (s *Server) TouchModel(project, id string) {
	s.world.mu.Lock()
	defer s.world.mu.Unlock()
	p := s.world.byID[project]
	m := p.model(id)
	m.description += "+"
	m.updated = p.now(s.world.now)
}

// AddModel adds a model to a project.
func (s *Server) AddModel(project, name string) {
	s.world.mu.Lock()
	defer s.world.mu.Unlock()
	p := s.world.byID[project]
	at := p.now(s.world.now)
	p.models = append(p.models, &model{id: "added" + strconv.Itoa(len(p.models)), name: name, author: s.world.users[0], created: at,
		updated: at})
}

// RemoveModel takes a model from a project.
func (s *Server) RemoveModel(project, id string) {
	s.world.mu.Lock()
	defer s.world.mu.Unlock()
	p := s.world.byID[project]
	p.models = slices.DeleteFunc(p.models, func(m *model) bool { return m.id == id })
}

// now is a time after all that has happened in a project.
func (p *project) now(at time.Time) time.Time {
	for _, m := range p.models {
		if !at.After(m.updated) {
			at = m.updated.Add(time.Second)
		}
	}
	return at
}
