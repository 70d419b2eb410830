package jobs

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"
	"time"

	"speckle-runner/internal/output/format"
	"speckle-runner/internal/output/record"
	"speckle-runner/internal/output/webhook"
)

// key is one key of a mapping, as the tags of its shape tell.
type key struct {
	name, doc, fallback string
	kind                string // of text: "env", "block", "server" and so on
	group               string
	any                 string        // of these keys there has to be one
	of                  []destination // the kinds that it belongs to, none: every kind
	enum                []string
	min, max            string
	need, own           bool
	index               []int
}

var (
	defaultsType = reflect.TypeFor[defaults]()
	knownKeys    sync.Map // reflect.Type → []key
)

// keysOf gives the keys of a shape, in its order.
func keysOf(t reflect.Type) []key {
	if known, ok := knownKeys.Load(t); ok {
		return known.([]key)
	}
	var keys []key
	for _, f := range reflect.VisibleFields(t) {
		name := f.Tag.Get("yaml")
		if name == "-" || f.Anonymous || name == "" {
			continue
		}
		k := key{
			name: name, doc: f.Tag.Get("doc"), fallback: f.Tag.Get("default"), kind: f.Tag.Get("kind"),
			group: f.Tag.Get("group"), any: f.Tag.Get("any"), of: destinations(f.Tag.Get("of")), min: f.Tag.Get("min"), max: f.Tag.Get("max"),
			need: f.Tag.Get("need") != "", own: f.Tag.Get("own") != "", enum: words(f.Tag.Get("enum")), index: f.Index,
		}
		if t == defaultsType {
			if k.own {
				continue
			}
			k.need = false
		}
		keys = append(keys, k)
	}
	knownKeys.Store(t, keys)
	return keys
}

// destinations reads the kinds that a tag names.
func destinations(tag string) (list []destination) {
	for word := range strings.FieldsFuncSeq(tag, func(r rune) bool { return r == ',' }) {
		list = append(list, destination(word))
	}
	return list
}

// fits reports whether a key may be given to a target of a kind.
func (k key) fits(kind destination) bool { return k.of == nil || slices.Contains(k.of, kind) }

// keyOf gives one key of a shape.
func keyOf[T any](name string) key {
	for _, k := range keysOf(reflect.TypeFor[T]()) {
		if k.name == name {
			return k
		}
	}
	panic("no key " + name)
}

func words(enum string) []string {
	switch enum {
	case "":
		return nil
	case "@formats":
		return format.Names()
	case "@types":
		return record.Types()
	case "@presets":
		return webhook.Presets()
	}
	if list, is := choices[enum]; is {
		return list
	}
	return strings.Split(enum, ",")
}

// names gives the names of keys, those of one group when it isn't "".
func names(keys []key, group string) []string {
	var list []string
	for _, k := range keys {
		if group == "" || k.group == group {
			list = append(list, k.name)
		}
	}
	return list
}

// span reads a duration of a tag.
func span(tag string) time.Duration {
	d, err := time.ParseDuration(tag)
	if err != nil {
		panic(fmt.Sprintf("tag with the duration %q", tag))
	}
	return d
}
