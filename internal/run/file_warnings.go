package run

import (
	"slices"

	"speckle-runner/internal/said"
)

// maxNamedFiles is how many files one warning names.
const maxNamedFiles = 3

// fileWarnings are what the files of one output warn of, of which a for_each may have one for
// each item. Files that warn of the same are named together.
type fileWarnings struct {
	texts []string // in the order of their first files
	files map[string]*namedFiles
}

type namedFiles struct {
	first []string // maxNamedFiles at most
	count int
}

func (w *fileWarnings) add(file, text string) {
	if w.files[text] == nil {
		if w.files == nil {
			w.files = map[string]*namedFiles{}
		}
		w.texts, w.files[text] = append(w.texts, text), &namedFiles{}
	}
	w.files[text].add(file)
}

func (n *namedFiles) add(file string) {
	if n.count++; n.count <= maxNamedFiles {
		n.first = append(n.first, file)
	}
}

// all gives a line for each text.
func (w *fileWarnings) all() []string {
	var lines []string
	for _, text := range w.texts {
		lines = append(lines, w.files[text].String()+": "+text)
	}
	return lines
}

// String is "a.csv", "a.csv and b.csv", or "a.csv, b.csv, c.csv and 4 more files".
func (n *namedFiles) String() string {
	names := slices.Clip(n.first)
	if more := n.count - len(names); more > 0 {
		names = append(names, said.Count(more, "more file"))
	}
	return said.Both(names)
}
