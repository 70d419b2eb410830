package jobs

import (
	"fmt"

	"speckle-runner/internal/jobs/document"
	"speckle-runner/internal/jobs/shape"
)

// claim is what only one of several job files may have: a job's name, or a file
// that an output writes.
type claim struct {
	key       claimed
	job       string
	what      string // of a file: "output", "latest" or "manifest"
	line, col int
	path      string // of keys
}

// claimed is a job by its name, or a file by its path.
type claimed struct {
	file bool
	name string
}

// taken makes the problem about a claim that another file has.
func (c *claim) taken(in string, by *claim) document.Problem {
	p := document.Problem{Path: c.path}
	if c.what == "" {
		p.Message = fmt.Sprintf("%s has a job of this name, in line %d: a name is there once in all job files", in, by.line)
		p.Hint = "name one of the two otherwise: the ledger knows a job by its name"
		return p
	}
	p.Message = fmt.Sprintf("this writes the same file as the %s of %s in %s, line %d", by.what, by.job, in, by.line)
	p.Hint = "give each output a path of its own, as with {job}"
	return p
}

// besideSame reports whether two files are the same because their outputs are: their names
// are made of those.
func besideSame(what, other string) bool {
	return what == other && (what == "manifest" || what == "note of append")
}

// targetFile is a file that some output writes.
type targetFile struct {
	job   string
	what  string // "file", "latest", "manifest" or "note of append"
	place shape.At
	path  string // in one way of writing it
}
