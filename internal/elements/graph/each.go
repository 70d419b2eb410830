package graph

import (
	"context"
	"fmt"

	"speckle-runner/internal/elements"
	"speckle-runner/internal/said"
)

// Paths gives what there is to ask for.
func (g *Graph) Paths(ctx context.Context) ([]elements.Path, error) {
	if err := g.lookForPaths(ctx); err != nil {
		return nil, err
	}
	return g.paths.list(), nil
}

// Each calls do for every element, in the closure's order, the root's first.
func (g *Graph) Each(ctx context.Context, want func(path string) bool, do func(*elements.Element) error) error {
	if err := g.lookForPaths(ctx); err != nil {
		return err
	}
	return g.walk(ctx, g.paths.wanted(want), do)
}

// lookForPaths goes through all elements once, so that each path has its
// number before the first element is given.
func (g *Graph) lookForPaths(ctx context.Context) error {
	if g.paths != nil {
		return nil
	}
	g.paths = newPaths()
	if err := g.walk(ctx, nil, func(e *elements.Element) error {
		g.paths.count(e)
		return nil
	}); err != nil {
		g.paths = nil
		return err
	}
	if g.paths.doubled > 0 {
		g.warn(fmt.Sprintf("%d properties have the path of another of the same object, because a name holds a dot: the first is taken",
			g.paths.doubled))
	}
	if g.paths.hashed > 0 {
		g.warn(fmt.Sprintf("%d elements have no application id: the id of their object stands for it, which is another when they change",
			g.paths.hashed))
	}
	if g.paths.held == 0 && g.paths.element > 0 {
		g.warn(fmt.Sprintf("none of %s has properties: what connectors before 2025 keep elsewhere (parameters) isn't read",
			said.Count(g.paths.element, "element")))
	}
	g.paths.known = true
	return nil
}

func (g *Graph) walk(ctx context.Context, wanted []bool, do func(*elements.Element) error) error {
	b := builder{graph: g, wanted: wanted}
	for place := range int32(len(g.index.keys)) { //nolint:gosec // the index is bounded below 2³¹
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		o, err := g.object(place, &g.line)
		if err != nil {
			return err
		}
		if !o.isElement() || g.links.aside[g.index.keys[place]] {
			continue
		}
		if !g.paths.known && textOf(o.application) == "" {
			g.paths.hashed++
		}
		if !g.paths.known && kindOf(o.properties) == '{' {
			g.paths.held++
		}
		e, err := b.element(place, &o)
		if err != nil {
			return err
		}
		if err := do(e); err != nil {
			return err
		}
	}
	return nil
}
