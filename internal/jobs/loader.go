package jobs

import (
	"fmt"
	"path/filepath"
	"strings"
	"unicode/utf8"

	"speckle-runner/internal/jobs/document"
	"speckle-runner/internal/jobs/shape"
)

// loader builds jobs from shapes. What many jobs share is worked out once.
type loader struct {
	*shape.Reader

	readFile   ReadFunc
	dir        string
	files      map[string]*queryFile
	shared     shared
	top        *shape.File
	mailServer *SMTP
	scoped     []scoped
	jobs       together[Job]
	outputs    together[Output]
	kept       kept
	each       *ForEach           // of the job that is being read
	versioned  bool               // what is being read may hold {version}
	mixed      bool               // only some runs of its job are of a version
	hosted     bool               // its server may be ahead of the open source one
	claims     []claim            // what no other file may have
	own        map[string]OwnFile // paths of files that the runner reads, as sameName has them: what they are
}

// ReadFunc reads a file that the job file names, by its path relative to the
// job file's folder.
type ReadFunc func(path string) ([]byte, error)

func newLoader(r *shape.Reader, read ReadFunc) *loader {
	return &loader{Reader: r, readFile: read, dir: filepath.Dir(r.Src.Name), files: map[string]*queryFile{}, shared: newShared()}
}

// queryFile is a query that stands in a file of its own.
type queryFile struct {
	src  *document.Text
	data []byte
	ok   bool // it could be read, and is text
}

// scoped is a job and the scopes that its token should have.
type scoped struct {
	given shape.Texts
	job   *Job
}

// inside reports a problem at a line and column of a value's text. Where the
// file doesn't hold that text as it is, the place goes into the message.
func (l *loader) inside(a shape.At, line, col int, p document.Problem) {
	p.Path = a.Path
	atLine, atCol, ok := l.Src.Locate(a.Node, line, col)
	if !ok {
		atLine, atCol = a.Node.Line, a.Node.Col
		if strings.Contains(a.Node.Text, "\n") {
			p.Message = fmt.Sprintf("line %d, column %d of the text: %s", line, col, p.Message)
		}
	}
	l.Problems.Add(l.Src, atLine, atCol, p)
}

// lineOf gives the line and column of the nth character of a text.
func lineOf(text string, n int) (line, col int) {
	runes := []rune(text)
	before := string(runes[:min(max(n-1, 0), len(runes))])
	return 1 + strings.Count(before, "\n"), 1 + utf8.RuneCountInString(before[strings.LastIndex(before, "\n")+1:])
}

// lastKey is the key that a path of keys ends with.
func lastKey(path string) string { return path[strings.LastIndex(path, ".")+1:] }
