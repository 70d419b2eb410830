package graph

import (
	"os"

	"speckle-runner/internal/elements"
)

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

// Close gives the file back.
func (g *Graph) Close() error { return g.file.Close() }

// Objects is how many objects there are, the root included: not all of them
// are elements.
func (g *Graph) Objects() int64 { return int64(len(g.index.keys)) }

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
