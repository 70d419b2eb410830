package fake

import (
	"fmt"
	"os"
	"sync"
	"time"

	bundles "speckle-runner/internal/elements/bundle/sample"
	graphs "speckle-runner/internal/elements/graph/sample"
)

// addHouse builds the project of buildings. It is in no list, so that lists
// stay as they are.
func (s *Server) addHouse() {
	w := s.world
	p := &project{
		id: HouseID, name: "Harbour House", visibility: "PRIVATE", created: w.now.AddDate(0, -2, 0), updated: w.now.AddDate(0, 0, -1),
		team: w.team(w.users[0], w.users[1]), roots: map[string]*root{},
	}
	w.byID[p.id] = p
	at := w.now.AddDate(0, 0, -1)
	for _, m := range []struct{ id, name string }{
		{SmallBundleID, "Small, a bundle"}, {SmallGraphID, "Small, a graph"}, {ConformanceBundleID, "Conformance, a bundle"},
		{ConformanceGraphID, "Conformance, a graph"}, {NoVersionID, "Empty"},
		{OfficeID, "Architecture"},
	} {
		p.models = append(p.models, &model{id: m.id, name: m.name, author: w.users[0], created: p.created, updated: at})
	}
	s.publish(p, SmallBundleID, at, func(v *version) { s.asBundle(v, bundles.Small(), 3) })
	s.publish(p, SmallGraphID, at, func(v *version) { s.asGraph(p, v, graphs.Of("Small", bundles.Small())) })
	s.publish(p, ConformanceBundleID, at, func(v *version) { s.asBundle(v, bundles.Conformance(), 200) })
	s.publish(p, ConformanceGraphID, at, func(v *version) { s.asGraph(p, v, conformance()) })
	office := bundles.House()
	s.publish(p, OfficeID, at, func(v *version) { s.asBundle(v, office, office.Table(bundles.Objects).Rows) }) // last: ids go by the order
}

// conformance is the same for every server, and nobody changes it.
var conformance = sync.OnceValue(func() graphs.Graph { return graphs.Of("Conformance", bundles.Conformance()) })

// PublishBundle adds a version to a model, its newest, with the files that
// write leaves in a folder, and gives its id.
func (s *Server) PublishBundle(projectID, modelID string, write func(dir, prefix string) (map[string]string, error)) string {
	return s.publishNow(projectID, modelID, func(_ *project, v *version) {
		v.bundle, v.object = &files{write: write}, bundleReference(projectID, modelID, v.id)
	})
}

// PublishGraph is the same with an object graph.
func (s *Server) PublishGraph(projectID, modelID string, g graphs.Graph) string {
	return s.publishNow(projectID, modelID, func(p *project, v *version) { s.asGraph(p, v, g) })
}

func (s *Server) publishNow(projectID, modelID string, with func(*project, *version)) string {
	s.world.mu.Lock()
	defer s.world.mu.Unlock()
	p, at := s.world.byID[projectID], s.house.at
	if at.IsZero() {
		at = p.now(s.world.now)
	}
	return s.publish(p, modelID, at, func(v *version) { with(p, v) })
}

// PublishAt says when what is published from now on is made, which several
// versions may be at one instant. It has to be later than all that is there.
func (s *Server) PublishAt(at time.Time) {
	s.world.mu.Lock()
	defer s.world.mu.Unlock()
	s.house.at = at.UTC().Truncate(time.Millisecond)
}

// Migrate makes a bundle of a version that was an object graph: its id stays.
func (s *Server) Migrate(projectID, versionID string, b bundles.Bundle) {
	s.world.mu.Lock()
	defer s.world.mu.Unlock()
	v := s.world.byID[projectID].version(versionID)
	s.house.mu.Lock()
	defer s.house.mu.Unlock()
	s.asBundle(v, b, v.children)
}

// SetMessage edits the message of a version of a project; its id stays.
func (s *Server) SetMessage(projectID, versionID, text string) {
	s.world.mu.Lock()
	defer s.world.mu.Unlock()
	s.world.byID[projectID].version(versionID).message = &text
}

func bundleReference(project, model, version string) string {
	return "bundle." + project + "." + model + "." + version
}

// publish puts a version in front of the others.
func (s *Server) publish(p *project, modelID string, at time.Time, with func(*version)) string {
	m := p.model(modelID)
	s.house.mu.Lock()
	s.house.published++
	v := &version{id: fmt.Sprintf("ve%08x", s.house.published), app: "revit", created: at, author: s.world.users[1], model: m,
		message: new("Published")}
	s.house.mu.Unlock()
	with(v)
	m.versions = append([]*version{v}, m.versions...)
	p.versions = append([]*version{v}, p.versions...)
	m.updated = at
	return v.id
}

func (s *Server) asBundle(v *version, b bundles.Bundle, count int) {
	v.bundle = &files{write: func(dir, prefix string) (map[string]string, error) { return b.Write(dir, prefix, bundles.Layout{}) }}
	v.object, v.children = bundleReference(HouseID, v.model.id, v.id), count
}

// asGraph makes a version's data a graph, which GraphQL knows as well.
func (s *Server) asGraph(p *project, v *version, g graphs.Graph) {
	data := &graphData{root: g.Root.JSON, objects: map[string][]byte{g.Root.ID: g.Root.JSON}}
	var below []object
	for _, o := range g.Objects {
		data.objects[o.ID] = o.JSON
		below = append(below, object{id: o.ID, created: v.created, data: o.JSON})
	}
	s.house.mu.Lock()
	defer s.house.mu.Unlock()
	if s.house.graphs == nil {
		s.house.graphs = map[string]*graphData{}
	}
	s.house.graphs[g.Root.ID] = data
	v.object, v.children = g.Root.ID, len(below)
	total := int32(len(below)) //nolint:gosec // made in memory
	p.roots[v.object] = &root{id: v.object, name: v.model.name, count: len(below), total: &total, create: func() []object { return below }}
}

// on writes the files of a version, once, and gives their places by name.
func (s *Server) on(v *version) (map[string]string, error) {
	f := v.bundle
	f.once.Do(func() {
		var dir string
		if dir, f.err = os.MkdirTemp("", "fake-bundle-"); f.err != nil {
			return
		}
		s.house.mu.Lock()
		s.house.dirs = append(s.house.dirs, dir)
		s.house.mu.Unlock()
		var paths map[string]string
		paths, f.err = f.write(dir, v.id)
		f.names = map[string]string{}
		for suffix, path := range paths {
			f.names[v.id+suffix] = path
		}
	})
	return f.names, f.err
}
