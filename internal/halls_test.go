package internal_test

import (
	"bytes"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// From here on a room is a hall, and its doc says why it isn't several: in a sentence
// with reason in it.
const (
	mostFiles = 20
	mostLines = 3000
	reason    = "than other rooms"
)

func TestAHallSaysWhyItIsOne(t *testing.T) {
	halls := 0
	for _, pkg := range packages(t) {
		files, lines, doc := measure(t, pkg)
		large, says := files > mostFiles || lines > mostLines, strings.Contains(doc, reason)
		switch {
		case large && !says:
			t.Errorf("%s has %d files and %d lines, and its doc doesn't say why it is larger %s", pkg.ImportPath, files, lines, reason)
		case says && !large:
			t.Errorf("%s says that it is larger %s, and has %d files and %d lines only", pkg.ImportPath, reason, files, lines)
		}
		if large {
			halls++
		}
	}
	if halls == 0 {
		t.Error("no room is a hall: were any files counted?")
	}
}

// measure counts a package's files and lines without tests, on whichever system, and
// gives what its doc says, in one line.
func measure(t *testing.T, pkg listed) (files, lines int, doc string) {
	t.Helper()
	for _, name := range slices.Concat(pkg.GoFiles, pkg.IgnoredGoFiles) {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		path := filepath.Join(pkg.Dir, name)
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		files, lines = files+1, lines+bytes.Count(text, []byte("\n"))
		parsed, err := parser.ParseFile(token.NewFileSet(), path, text, parser.PackageClauseOnly|parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		doc += strings.Join(strings.Fields(parsed.Doc.Text()), " ")
	}
	return files, lines, doc
}
