package graph

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"speckle-runner/internal/elements"
)

// Files are one version's, on this machine.
type Files struct {
	// Root is the root object's JSON, with its __closure.
	Root string
	// Objects are lines, an id, a tab and the object's JSON: the root's and those
	// that its closure names, once each, in any order.
	Objects string
}

// Options of Open. The zero value will do.
type Options struct {
	Warn func(text string) // what is odd and harms nothing; nil: nobody is told
}

// Error says what is wrong with a graph: it is not whole, or no graph.
type Error struct {
	File string // "root" or "objects"
	Line int64  // of the objects, from 1; 0: none
	What string
	Err  error // nil: What says it all
}

// Error gives the place and what is wrong there.
func (e *Error) Error() string {
	text := "the object graph's " + e.File
	if e.Line > 0 {
		text += fmt.Sprintf(", line %d", e.Line)
	}
	text += ": " + e.What
	if e.Err != nil {
		text += ": " + e.Err.Error()
	}
	return text
}

// Unwrap gives what reading gave.
func (e *Error) Unwrap() error { return e.Err }

// Graph is a version's elements. Close it after use.
type Graph struct {
	file  *os.File
	index *index
	links links
	paths *paths // nil: not looked for yet
	warn  func(string)
	line  []byte            // reused
	names map[string]string // of objects that others refer to, by their ids
}

var _ elements.Source = (*Graph)(nil)

// Open looks through the files of a graph, and refuses one that isn't whole.
func Open(ctx context.Context, f Files, o Options) (*Graph, error) {
	if o.Warn == nil {
		o.Warn = func(string) {}
	}
	g := &Graph{links: links{aside: map[key]bool{}}, warn: o.Warn, names: map[string]string{}}
	root, err := readRoot(ctx, f.Root)
	if err != nil {
		return nil, err
	}
	g.index = root.index
	if g.file, err = os.Open(f.Objects); err != nil {
		return nil, &Error{File: "objects", What: "it can't be opened", Err: err}
	}
	if err := g.survey(ctx, root); err != nil {
		return nil, errors.Join(err, g.file.Close())
	}
	return g, nil
}

// Close gives the file back.
func (g *Graph) Close() error { return g.file.Close() }

// Objects is how many objects there are, the root included: not all of them
// are elements.
func (g *Graph) Objects() int64 { return int64(len(g.index.keys)) }

// survey reads every line once: where it is, and what it says of others.
func (g *Graph) survey(ctx context.Context, root *rootFacts) error {
	lines := newLines(g.file)
	for ctx.Err() == nil {
		id, text, err := lines.next()
		if err == io.EOF { //nolint:errorlint // EOF itself only: a wrapped one is a cut
			if err := g.index.whole(); err != nil {
				return err
			}
			return g.link(root)
		}
		if err != nil {
			return err
		}
		place, err := g.index.found(id, lines)
		if err != nil {
			return err
		}
		o, err := parseObject(text)
		if err != nil {
			return &Error{File: "objects", Line: lines.number, What: "object " + shown(id) + " is no whole JSON object", Err: err}
		}
		g.links.note(place, &o, root)
	}
	return context.Cause(ctx)
}

// object reads the object at a place of the closure. It is valid until the
// next one is read into the same buffer.
func (g *Graph) object(place int32, buffer *[]byte) (object, error) {
	from, size := g.index.offsets[place], int(g.index.sizes[place])
	if cap(*buffer) < size {
		*buffer = make([]byte, size)
	}
	text := (*buffer)[:size]
	if _, err := g.file.ReadAt(text, from); err != nil {
		return object{}, &Error{File: "objects", What: "it can't be read", Err: err}
	}
	o, err := parseObject(text)
	if err != nil { // it was whole when it was surveyed
		return object{}, &Error{File: "objects", What: "it has changed while it was read", Err: err}
	}
	return o, nil
}

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
