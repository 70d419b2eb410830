package graph

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"hash/maphash"
	"io"
	"os"
	"slices"
	"strings"
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
		if err := g.index.hasParts(&o, id, lines); err != nil {
			return err
		}
		g.links.note(place, &o, root)
	}
	return context.Cause(ctx)
}

// link makes the links ready to be asked.
func (g *Graph) link(root *rootFacts) error {
	l := &g.links
	l.seed = maphash.MakeSeed()
	for _, p := range append(root.proxies, l.proxies...) {
		name := p.name
		if p.value != "" {
			l.aside[keyOf([]byte(p.value))] = true
			named, err := g.nameOf(p.value)
			if err != nil {
				return err
			}
			name = named
		}
		l.names = append(l.names, strings.Clone(name))
		for _, application := range p.objects {
			l.in = append(l.in, member{maphash.String(l.seed, application), int32(len(l.names) - 1), p.relation}) //nolint:gosec // a root's proxies
		}
	}
	l.proxies = nil
	slices.SortStableFunc(l.in, func(a, b member) int { return cmp.Compare(a.application, b.application) })
	slices.SortStableFunc(l.parents, func(a, b child) int { return bytes.Compare(a.key[:], b.key[:]) })
	return nil
}
