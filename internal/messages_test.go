package internal_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// quoted are the messages of a row of docs/messages.md: what stands in backticks in
// its first column.
var quoted = regexp.MustCompile("`([^`]+)`")

// varied is what isn't the same in every message: names in capital letters that stand
// for something, numbers, times, what is left out; and the verbs of texts.
var varied = regexp.MustCompile(`…|\.\.\.|\b[A-Z]+\b|\b[a-z]\b|\b[0-9][0-9,.]*[a-z]*\b|%[-+#0-9.\[\]]*[a-z]`)

// marks part words.
var marks = regexp.MustCompile(`[^\p{L}\p{N}_'/=-]+`)

// parts gives what stands between what varies, each word between blanks.
func parts(text string) []string {
	all := varied.Split(text, -1)
	for i, part := range all {
		all[i] = " " + strings.Join(strings.Fields(marks.ReplaceAllString(part, " ")), " ") + " "
	}
	return all
}

// composed are messages whose words come from several places.
var composed = map[string]string{
	"@include may leave out id of the records of X":                  "the directive's name",
	"it belongs to an output":                                        "the place that a key belongs to",
	"schedule or on_version is missing":                              "a list of keys",
	"mail user name: missing secret: variable X is not set":          "whose secret it is, then secret's own words",
	"start the service X: systemctl: …; systemctl status X says why": "what was done, then what to type",
}

// TestMessagesAreThere: what docs/messages.md explains is said by the program, in
// these words.
func TestMessagesAreThere(t *testing.T) {
	page, err := os.ReadFile("../docs/messages.md")
	if err != nil {
		t.Fatal(err)
	}
	said := texts(t)
	rows, messages := 0, 0
	for line := range strings.Lines(string(page)) {
		cells := strings.Split(strings.ReplaceAll(line, `\|`, " "), "|")
		if len(cells) < 4 || strings.HasPrefix(strings.TrimSpace(cells[1]), "message") || strings.HasPrefix(cells[1], "---") {
			continue
		}
		rows++
		for _, message := range quoted.FindAllStringSubmatch(cells[1], -1) {
			_, known := composed[message[1]]
			if messages++; !known && !heard(said, message[1]) {
				t.Errorf("docs/messages.md explains %q, which nothing says", message[1])
			}
		}
	}
	for _, gone := range []string{"`the job has been rescheduled by an operator`", "token pool exhausted: N tokens are in use"} {
		if heard(said, gone) {
			t.Errorf("%s is heard, and nobody says it", gone)
		}
	}
	if rows < 100 || messages < 150 {
		t.Errorf("%d rows with %d messages were read", rows, messages)
	}
}

// heard says whether most runs of three words of a message stand in some text. It is
// put together from several, so that some stand nowhere together.
func heard(said, message string) bool {
	const together = 3
	runs, found := 0, 0
	for _, part := range parts(message) {
		list := strings.Fields(part)
		for i := range len(list) - together + 1 {
			if runs++; strings.Contains(said, " "+strings.Join(list[i:i+together], " ")+" ") {
				found++
			}
		}
	}
	return found*2 >= runs
}

// texts gives all texts of the program, those of a sum as one.
func texts(t *testing.T) string {
	t.Helper()
	var all strings.Builder
	err := filepath.WalkDir("..", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() && (entry.Name() == "testdata" || entry.Name() == ".tools" || entry.Name() == "bench") {
			if entry != nil && entry.IsDir() && err == nil {
				return filepath.SkipDir
			}
			return err
		}
		if strings.HasSuffix(path, ".html") {
			text, err := os.ReadFile(path)
			all.WriteString(strings.Join(parts(string(text)), "\n") + "\n")
			return err
		}
		if !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		ast.Inspect(file, func(n ast.Node) bool {
			text, isText := textOf(n)
			if isText {
				all.WriteString(strings.Join(parts(text), "\n") + "\n")
			}
			return !isText
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all.String()
}

// textOf gives a literal, or a sum of them and of what isn't known yet.
func textOf(n ast.Node) (string, bool) {
	switch n := n.(type) {
	case *ast.BasicLit:
		if n.Kind != token.STRING {
			return "", false
		}
		text, err := strconv.Unquote(n.Value)
		return text, err == nil
	case *ast.BinaryExpr:
		if n.Op != token.ADD {
			return "", false
		}
		left, one := textOf(n.X)
		right, other := textOf(n.Y)
		return left + right, one && other
	}
	return "", false
}
