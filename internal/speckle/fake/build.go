package fake

import (
	"fmt"
	"path"
	"time"
)

// builder fills one project.
type builder struct {
	*dice

	world   *world
	project *project
}

func (w *world) builder(p *project) *builder {
	p.roots = map[string]*root{}
	return &builder{dice: newDice(w.seed, p.id, w.now), world: w, project: p}
}

// activity says how long ago a model was last touched.
type activity int

const (
	fresh activity = iota // within two months
	mixed                 // most of them within two months, some stale
	old                   // years ago
)

var (
	messages = []string{
		"Updated curtain wall grid", "Moved core walls to grid C", "Tender issue", "Coordinated with structure",
		"Door tags corrected", "Fire doors re-rated after review", "Slab edges to survey", "Added riser openings", "Stage 4 freeze",
		"Clash 214–231 resolved", "Toleranzen angepasst", "Forjado nivel 3 corregido",
		"外装パネル更新", //nolint:gosmopolitan // people write in their own script
		"Planning comments addressed",
		"Removed duplicate rooms, \"Room 3\" kept", "Levels renamed",
	}
	apps = []string{"Revit", "Revit", "Revit", "Rhino", "Archicad", "Tekla Structures", "Grasshopper", "IFC"}
)

// author is somebody of the team, reviewers left out.
func (b *builder) author() *user {
	team := b.project.team
	return team[b.IntN(max(1, len(team)-1))].user
}

func (b *builder) levels(format string, n int, a activity) {
	for i := range n {
		b.model(fmt.Sprintf(format, i), a)
	}
}

func (b *builder) zones(format string, n int, a activity) {
	for i := range n {
		b.model(fmt.Sprintf(format, i+1), a)
	}
}

// series makes letters × numbers models; without numbers when there is one.
func (b *builder) series(format string, letters, numbers int, a activity) {
	for letter := range letters {
		for number := range numbers {
			if numbers == 1 {
				b.model(fmt.Sprintf(format, 'A'+letter), a)
				continue
			}
			b.model(fmt.Sprintf(format, 'A'+letter, number+1), a)
		}
	}
}

func (b *builder) list(a activity, names ...string) {
	for _, name := range names {
		b.model(name, a)
	}
}

func (b *builder) named(name string) *model {
	for _, m := range b.project.models {
		if m.name == name {
			return m
		}
	}
	panic("fake: no model " + name)
}

func (b *builder) model(name string, a activity) {
	m := &model{id: b.id(), name: name, author: b.author()}
	if b.IntN(3) == 0 {
		m.description = "Shared coordinates, " + pick(b.dice, []string{"mm", "m"})
	}
	b.project.models = append(b.project.models, m)
	at := b.touched(a)
	for range 1 + b.IntN(8) {
		b.version(m, at)
		at = at.Add(-time.Duration(b.IntN(9*24*60)+30) * time.Minute)
	}
	b.date(m)
}

func (b *builder) touched(a activity) time.Time {
	switch {
	case a == old:
		return b.ago(300, 500)
	case a == mixed && b.IntN(4) == 0:
		return b.ago(95, 180)
	default:
		return b.ago(0.5, 58)
	}
}

func (b *builder) version(m *model, at time.Time) *version {
	v := &version{id: b.id(), app: pick(b.dice, apps), created: b.unused(at), author: b.author(), model: m}
	if b.IntN(7) > 0 {
		v.message = new(pick(b.dice, messages))
	}
	b.setRoot(v, b.objectID(), 8+b.IntN(60), true)
	m.versions = append(m.versions, v)
	return v
}

// date takes a model's times from its versions.
func (b *builder) date(m *model) {
	m.updated, m.created = m.versions[0].created, m.versions[0].created
	for _, v := range m.versions {
		if v.created.After(m.updated) {
			m.updated = v.created
		}
		if v.created.Before(m.created) {
			m.created = v.created
		}
	}
	m.updated = b.unused(m.updated.Add(700 * time.Millisecond))
	m.created = m.created.Add(-time.Hour)
}

func (b *builder) rename(m *model, id string) { m.id = id }

// setRoot makes id the root object of v.
func (b *builder) setRoot(v *version, id string, count int, counted bool) {
	delete(b.project.roots, v.object)
	v.object, v.children = id, count
	seed, now, level := b.world.seed, b.now, v.model.name
	r := &root{id: id, name: v.model.name, count: count, create: func() []object {
		return elements(newDice(seed, id, now), count, path.Base(level))
	}}
	if counted {
		total := int32(count) //nolint:gosec // a few thousand at most
		r.total = &total
	}
	b.project.roots[id] = r
}
