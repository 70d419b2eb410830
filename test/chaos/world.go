package main

import (
	"context"
	"math/rand/v2"
	"slices"
	"strconv"
	"sync"
	"time"

	"speckle-runner/internal/elements/bundle/sample"
	"speckle-runner/internal/speckle/fake"
	"speckle-runner/test/process"
)

// world is what the server holds, with when it came.
type world struct {
	server   *fake.Server
	projects []string
	clocks   *clocks // of those who look

	mu    sync.Mutex
	grown map[string]growth
}

func newWorld(server *fake.Server, projects ...string) *world {
	w := &world{server: server, projects: projects, grown: map[string]growth{}}
	for _, p := range projects {
		w.grown[p] = growth{Base: server.Models(p)}
	}
	w.grown[buildingElements] = growth{Base: smallest}
	return w
}

// buildingElements stands for a project where the records are elements of a building.
const buildingElements = "elements"

// smallest are the elements of the building's first version.
var smallest = []string{"d-1", "d-2", "w-1"}

// of gives what is known of a project up to now.
func (w *world) of(project string) growth {
	w.mu.Lock()
	defer w.mu.Unlock()
	g := w.grown[project] // whoever adds leaves what is there
	if w.clocks != nil {
		g.Ahead = w.clocks.ahead()
	}
	return g
}

// add puts a model into a project.
func (w *world) add(project string) {
	n := w.size(project)
	w.grow(project, "added"+strconv.Itoa(n), func() { w.server.AddModel(project, "Extension "+strconv.Itoa(n)) })
}

// publish gives the building a version with an element more.
func (w *world) publish() {
	n := w.size(buildingElements) - len(smallest)
	w.grow(buildingElements, extra(n), func() {
		b := building(n + 1)
		w.server.PublishBundle(fake.HouseID, fake.SmallBundleID, func(dir, prefix string) (map[string]string, error) {
			return b.Write(dir, prefix, sample.Layout{})
		})
	})
}

func (w *world) size(of string) int {
	g := w.of(of)
	return len(g.Base) + len(g.Added)
}

// grow notes what comes. It is known to be on its way before it can be seen.
func (w *world) grow(of, id string, come func()) {
	w.mu.Lock()
	g := w.grown[of]
	g.Added = append(slices.Clip(g.Added), addition{ID: id, Began: time.Now(), Done: never})
	w.grown[of] = g
	w.mu.Unlock()
	come()
	w.mu.Lock()
	defer w.mu.Unlock()
	added := append([]addition(nil), w.grown[of].Added...)
	added[len(added)-1].Done = time.Now()
	w.grown[of] = growth{Base: g.Base, Added: added}
}

// turn changes the world until the storm is over.
func (w *world) turn(ctx context.Context, dice *rand.Rand) {
	for process.Rest(ctx, between(dice, 500*time.Millisecond, 5*time.Second)) {
		if dice.IntN(4) == 0 {
			w.publish()
			continue
		}
		p := w.projects[dice.IntN(len(w.projects))]
		if dice.IntN(3) > 0 {
			w.add(p)
			continue
		}
		ids := w.server.Models(p)
		w.server.TouchModel(p, ids[dice.IntN(len(ids))])
	}
}

func between(dice *rand.Rand, least, most time.Duration) time.Duration {
	return least + time.Duration(dice.Int64N(int64(most-least)))
}
