package graph

import (
	"bufio"
	"context"
	"io"
	"os"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// rootFacts is what the root object says of all others.
type rootFacts struct {
	index   *index
	proxies []proxy
	refs    map[key]relation // proxies that are objects of their own
}

// relation is what a proxy says of its objects.
type relation uint8

const (
	onLevel relation = iota + 1
	inRoom
	inSystem
)

// relationOf reads the name of a root's list of proxies.
func relationOf(name string) relation {
	switch strings.ToLower(strings.TrimPrefix(name, "@")) {
	case "levelproxies":
		return onLevel
	case "roomproxies", "spaceproxies":
		return inRoom
	case "systemproxies", "mepsystemproxies":
		return inSystem
	}
	return 0
}

// proxy is a level, a room or a system with the application ids of what is in
// it.
type proxy struct {
	relation relation
	name     string
	value    string // the id of the object that has its name, "" when name is it
	objects  []string
}

// readRoot reads the root's JSON as a stream: a closure may name millions.
func readRoot(ctx context.Context, file string) (*rootFacts, error) {
	in, err := os.Open(file)
	if err != nil {
		return nil, &Error{File: "root", What: "it can't be opened", Err: err}
	}
	defer in.Close()
	r := &rootFacts{index: &index{keys: make([]key, 1)}, refs: map[key]relation{}}
	dec := jsontext.NewDecoder(bufio.NewReaderSize(in, 256<<10), lenient)
	id, closed, err := r.members(ctx, dec)
	switch {
	case ctx.Err() != nil:
		return nil, context.Cause(ctx)
	case err != nil:
		return nil, &Error{File: "root", What: "it is no whole JSON object", Err: err}
	case id == "":
		return nil, &Error{File: "root", What: "it has no id"}
	}
	r.index.keys[0] = keyOf([]byte(id))
	if !closed {
		r.index.keys = r.index.keys[:1] // a root without any object below it has no closure
	}
	return r, r.index.sort()
}

func (r *rootFacts) members(ctx context.Context, dec *jsontext.Decoder) (id string, closed bool, err error) {
	if first, err := dec.ReadToken(); err != nil || first.Kind() != '{' {
		return "", false, orNoObject(err)
	}
	for dec.PeekKind() == '"' {
		name, err := dec.ReadToken()
		if err != nil {
			return "", false, err
		}
		switch key := name.String(); {
		case key == "id" && dec.PeekKind() == '"':
			value, err := dec.ReadToken()
			if err != nil {
				return "", false, err
			}
			id = value.String()
		case key == "__closure" && dec.PeekKind() == '{' && !closed:
			closed = true
			if err := r.closure(ctx, dec); err != nil {
				return "", false, err
			}
		case relationOf(key) != 0 && dec.PeekKind() == '[':
			if err := r.list(relationOf(key), dec); err != nil {
				return "", false, err
			}
		default:
			if err := dec.SkipValue(); err != nil {
				return "", false, err
			}
		}
	}
	if _, err := dec.ReadToken(); err != nil {
		return "", false, err
	}
	if _, err := dec.ReadToken(); err != io.EOF {
		return "", false, orNoObject(err)
	}
	return id, closed, nil
}

// closure notes the ids in the order in which they stand.
func (r *rootFacts) closure(ctx context.Context, dec *jsontext.Decoder) error {
	if _, err := dec.ReadToken(); err != nil {
		return err
	}
	for dec.PeekKind() == '"' && ctx.Err() == nil {
		name, err := dec.ReadToken()
		if err != nil {
			return err
		}
		r.index.keys = append(r.index.keys, keyOf([]byte(name.String())))
		if err := dec.SkipValue(); err != nil {
			return err
		}
	}
	_, err := dec.ReadToken()
	return err
}

// list reads proxies: what they are, or the ids of the objects that they are.
func (r *rootFacts) list(is relation, dec *jsontext.Decoder) error {
	if _, err := dec.ReadToken(); err != nil {
		return err
	}
	for dec.PeekKind() != ']' {
		value, err := dec.ReadValue()
		if err != nil {
			return err
		}
		if id := referenceIn(value); id != "" {
			r.refs[keyOf([]byte(id))] = is
		} else {
			r.proxies = append(r.proxies, readProxy(is, value))
		}
	}
	_, err := dec.ReadToken()
	return err
}

func readProxy(is relation, text []byte) proxy {
	p := proxy{relation: is}
	_ = members(text, func(name string, value []byte) error { // it is whole JSON, or no proxy
		switch name {
		case "name":
			p.name = textOf(value)
		case "value":
			if p.value = referenceIn(value); p.value == "" {
				p.name = nameIn(value)
			}
		case "objects":
			return list(value, func(one []byte) error {
				p.objects = append(p.objects, textOf(one))
				return nil
			})
		}
		return nil
	})
	return p
}
