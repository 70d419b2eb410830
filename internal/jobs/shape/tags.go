package shape

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"
	"time"

	"speckle-runner/internal/jobs/choices"
	"speckle-runner/internal/output/format"
	"speckle-runner/internal/output/record"
	"speckle-runner/internal/output/webhook"
)

// Key is one key of a mapping, as the tags of its shape tell.
type Key struct {
	Name, doc, fallback string
	kind                string // of text: "env", "block", "server" and so on
	group               string
	any                 string        // of these keys there has to be one
	Of                  []Destination // the kinds that it belongs to, none: every kind
	enum                []string
	min, max            string
	need, own           bool
	index               []int
}

var knownKeys sync.Map // reflect.Type → []key

// defaulting marks the shape that other mappings take what they don't say from: none of
// its keys is required, and those that a mapping has to say itself aren't among them.
type defaulting interface{ defaulting() }

func isDefaults(t reflect.Type) bool { return t.Implements(reflect.TypeFor[defaulting]()) }

// KeysOf gives the keys of a shape, in its order.
func KeysOf(t reflect.Type) []Key {
	if known, ok := knownKeys.Load(t); ok {
		return known.([]Key)
	}
	var keys []Key
	for _, f := range reflect.VisibleFields(t) {
		name := f.Tag.Get("yaml")
		if name == "-" || f.Anonymous || name == "" {
			continue
		}
		k := Key{
			Name: name, doc: f.Tag.Get("doc"), fallback: f.Tag.Get("default"), kind: f.Tag.Get("kind"),
			group: f.Tag.Get("group"), any: f.Tag.Get("any"), Of: destinations(f.Tag.Get("of")), min: f.Tag.Get("min"), max: f.Tag.Get("max"),
			need: f.Tag.Get("need") != "", own: f.Tag.Get("own") != "", enum: words(f.Tag.Get("enum")), index: f.Index,
		}
		if isDefaults(t) {
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
func destinations(tag string) (list []Destination) {
	for word := range strings.FieldsFuncSeq(tag, func(r rune) bool { return r == ',' }) {
		list = append(list, Destination(word))
	}
	return list
}

// Fits reports whether a key may be given to a target of a kind.
func (k Key) Fits(kind Destination) bool { return k.Of == nil || slices.Contains(k.Of, kind) }

// keyOf gives one key of a shape.
func keyOf[T any](name string) Key {
	for _, k := range KeysOf(reflect.TypeFor[T]()) {
		if k.Name == name {
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
	if list, is := lists[enum]; is {
		return list
	}
	return strings.Split(enum, ",")
}

// names gives the names of keys, those of one group when it isn't "".
func names(keys []Key, group string) []string {
	var list []string
	for _, k := range keys {
		if group == "" || k.group == group {
			list = append(list, k.Name)
		}
	}
	return list
}

// anyOf gives the keys of which one has to be there at least.
func anyOf(keys []Key) (list []string) {
	for _, k := range keys {
		if k.any != "" {
			list = append(list, k.Name)
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

// Destination is what an output or a notification goes to.
type Destination string

// The kinds of targets, as tags name them.
const (
	ToFile      Destination = "file"
	ToWebhook   Destination = "webhook"
	ToHeartbeat Destination = "heartbeat"
	ToMail      Destination = "email"
)

// Word names a kind of target for people.
func (d Destination) Word() string {
	if d == ToMail {
		return "an email"
	}
	return "a " + string(d)
}

// lists are the lists that tags name.
var lists = map[string][]string{
	"@overlap":    worded(choices.OverlapSkip, choices.OverlapQueue, choices.OverlapReplace),
	"@missed":     worded(choices.MissedSkip, choices.MissedLast, choices.MissedAll),
	"@on_partial": worded(choices.PartialFail, choices.PartialKeep),
	"@complete":   worded(choices.CompleteFail, choices.CompleteWarn, choices.CompleteOff),
	"@on_error":   worded(choices.ErrorFail, choices.ErrorSkip),
	"@send":       worded(choices.SendRecords, choices.SendSummary),
	"@rows":       worded(choices.RowsElements, choices.RowsProperties),
}

func worded[T ~string](words ...T) []string {
	texts := make([]string, len(words))
	for i, word := range words {
		texts[i] = string(word)
	}
	return texts
}
