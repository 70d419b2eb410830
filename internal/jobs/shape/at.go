package shape

import (
	"strconv"

	"speckle-runner/internal/jobs/document"
)

// At is where a value stands: its node, and the path of keys that leads to it.
type At struct {
	Node *document.Node // nil: the value isn't given
	Path string
}

// Given reports whether the file has a value here.
func (a At) Given() bool { return a.Node != nil }

// Place gives where it stands.
func (a At) Place() At { return a }

// Item is where an item of a list stands.
func (a At) Item(i int) At { return At{a.Node.Items[i], a.Path + "[" + strconv.Itoa(i) + "]"} }

// Name is where the key of a mapping's entry stands.
func (a At) Name(e document.Entry) At { return At{e.Key, Join(a.Path, e.Key.Text)} }

// Entry is where the value of a mapping's entry stands.
func (a At) Entry(e document.Entry) At { return At{e.Value, Join(a.Path, e.Key.Text)} }

// Join adds a name to a path of keys.
func Join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}
