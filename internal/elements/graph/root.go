package graph

import (
	"bufio"
	"context"
	"encoding/hex"
	"errors"
	"io"
	"os"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// rootFacts is what the root object says of all others.
type rootFacts struct {
	index   *index
	take    func(id string) error // of the closure, in its order
	proxies []proxy
	refs    map[key]relation // proxies that are objects of their own
	named   []key            // objects that the root refers to, wherever that stands in it
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
	r := &rootFacts{index: &index{keys: make([]key, 1)}, refs: map[key]relation{}}
	r.take = func(id string) error {
		r.index.keys = append(r.index.keys, keyOf([]byte(id)))
		return nil
	}
	id, err := r.read(ctx, file)
	if err != nil {
		return nil, err
	}
	r.index.keys[0] = keyOf([]byte(id))
	if err := r.index.sort(); err != nil {
		return nil, err
	}
	return r, r.whole()
}

// whole refuses a closure that lacks what the root itself refers to: with less
// than all objects, elements would be missing without anybody knowing.
func (r *rootFacts) whole() error {
	for _, k := range r.named {
		if _, there := r.index.place(k); !there {
			return &Error{File: "root", What: "it names object " + hex.EncodeToString(k[:]) + ", which its closure lacks: " + incomplete}
		}
	}
	return nil
}

// Closure calls take with the id of each object that a root's closure names,
// in its order, and gives the root's own. An error of take ends it.
func Closure(ctx context.Context, file string, take func(id string) error) (root string, err error) {
	var refused error
	r := &rootFacts{refs: map[key]relation{}, take: func(id string) error {
		refused = take(id)
		return refused
	}}
	root, err = r.read(ctx, file)
	if refused != nil {
		return "", refused
	}
	return root, err
}

// read gives the root's id.
func (r *rootFacts) read(ctx context.Context, file string) (string, error) {
	in, err := os.Open(file)
	if err != nil {
		return "", &Error{File: "root", What: "it can't be opened", Err: err}
	}
	defer in.Close()
	id, err := r.members(ctx, jsontext.NewDecoder(bufio.NewReaderSize(in, 256<<10), lenient))
	switch {
	case ctx.Err() != nil:
		return "", context.Cause(ctx)
	case err == errTwoClosures || err == errNoClosure: //nolint:errorlint // members' own
		return "", &Error{File: "root", What: err.Error() + ": " + incomplete}
	case err != nil:
		return "", &Error{File: "root", What: "it is no whole JSON object", Err: err}
	case id == "":
		return "", &Error{File: "root", What: "it has no id"}
	}
	return id, nil
}

func (r *rootFacts) members(ctx context.Context, dec *jsontext.Decoder) (id string, err error) {
	closed := false
	if first, err := dec.ReadToken(); err != nil || first.Kind() != '{' {
		return "", orNoObject(err)
	}
	for dec.PeekKind() == '"' {
		name, err := dec.ReadToken()
		if err != nil {
			return "", err
		}
		switch key := name.String(); {
		case key == "id" && dec.PeekKind() == '"':
			value, err := dec.ReadToken()
			if err != nil {
				return "", err
			}
			id = value.String()
		case key == "__closure":
			if closed {
				return "", errTwoClosures
			}
			closed = true
			if err := r.closure(ctx, dec); err != nil {
				return "", err
			}
		case relationOf(key) != 0 && dec.PeekKind() == '[':
			if err := r.list(relationOf(key), dec); err != nil {
				return "", err
			}
		default:
			if err := references(dec, func(id string) { r.named = append(r.named, keyOf([]byte(id))) }); err != nil {
				return "", err
			}
		}
	}
	if _, err := dec.ReadToken(); err != nil {
		return "", err
	}
	if _, err := dec.ReadToken(); err != io.EOF { //nolint:errorlint // EOF itself only: a wrapped one is a cut
		return "", orNoObject(err)
	}
	return id, nil
}

var (
	errTwoClosures = errors.New("its __closure stands there twice")
	errNoClosure   = errors.New("its __closure, which has to name all objects, is no object")
)

// closure notes the ids in the order in which they stand. Null names none.
func (r *rootFacts) closure(ctx context.Context, dec *jsontext.Decoder) error {
	if kind := dec.PeekKind(); kind == '"' || kind == '[' || kind == '0' || kind == 't' || kind == 'f' {
		return errNoClosure
	}
	if first, err := dec.ReadToken(); err != nil || first.Kind() == 'n' {
		return err
	}
	for dec.PeekKind() == '"' && ctx.Err() == nil {
		name, err := dec.ReadToken()
		if err != nil {
			return err
		}
		if err := r.take(name.String()); err != nil {
			return err
		}
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
			r.named = append(r.named, keyOf([]byte(id)))
			continue
		}
		p := readProxy(is, value)
		if p.value != "" {
			r.named = append(r.named, keyOf([]byte(p.value)))
		}
		r.proxies = append(r.proxies, p)
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
			p.value = referenceIn(value)
			if p.value == "" {
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
