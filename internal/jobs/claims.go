package jobs

import (
	"fmt"

	"speckle-runner/internal/jobs/document"
	"speckle-runner/internal/jobs/shape"
	"speckle-runner/internal/output/address"
)

// claim is what only one of several job files may have: a job's name, or a file
// that an output writes.
type claim struct {
	key       string // "job NAME" or "file PATH"
	job       string
	what      string // of a file: "output", "latest" or "manifest"
	line, col int
	path      string // of keys
}

func claimOfJob(n shape.NamedJob) claim {
	return claim{key: "job " + n.Name, job: n.Name, line: n.Place.Node.Line, col: n.Place.Node.Col, path: n.Place.Path}
}

// claimOfFile claims a path in its one form, as this system tells names apart.
func claimOfFile(name string, t targetFile) claim {
	if !address.Is(name) && (system == "windows" || system == "darwin") {
		name = sameName(name)
	}
	what := t.what
	if what == "file" {
		what = "output"
	}
	return claim{key: "file " + name, job: t.job, what: what, line: t.place.Node.Line, col: t.place.Node.Col, path: t.place.Path}
}

// taken is the problem of a claim that another file has.
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
