package internal_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// A kind are messages of one room, or one maker, that docs/messages.md explains by
// one row: each says for itself what is wrong, and the row what to do.
type kind struct {
	rooms []string // folders or files, below the module's
	maker string   // who makes them; "" anybody
	row   string   // what stands on the page
}

var kinds = []kind{
	{rooms: []string{"internal/jobs/", "internal/speckle/query/", "internal/output/format/"}, row: "jobs.yaml:14:7: jobs.NAME.KEY: …"},
	{rooms: []string{"cmd/runner/"}, maker: "usagef", row: "`runner: …`, and exit code 2"},
	{rooms: []string{"internal/look/", "internal/daemon/account.go", "internal/commandline/"}, row: "`runner: …`, and exit code 2"},
	{rooms: []string{"internal/web/"}, maker: "refuse", row: "an answer of the API with `detail` and `hint`"},
	{rooms: []string{"internal/elements/bundle/"}, row: "the bundle's X is broken: …"},
	{rooms: []string{"internal/elements/graph/"}, row: "the object graph's X, line N: …"},
	{rooms: []string{"internal/secret/envfile.go"}, row: "and others of `--env-file`"},
	{rooms: []string{"internal/speckle/introspect/"}, row: "read the schema: …"},
	{rooms: []string{"internal/output/kept/"}, row: "`spool: …`, `pages: …`, `parts: …`"},
}

// unmet are messages that only a mistake in the program could bring to a person.
var unmet = []string{
	"publish: the publication has ended", "publish %s: the publication has ended", "the publication has ended", "publish: the run has no id",
	"publish: nothing is in place that could be settled", "publish: nothing is in place that a note could be about",
	"publish %s: the file isn't closed", "publish %s: the draft isn't closed", "write %s: it is closed", "write a draft: it is closed",
	"the message has no id", "work: no handler", "work: this store is working already", "built without PostgreSQL",
	"record %s: a tick that didn't run is %s or %s, not %q",
}

// quiet are rooms that speak to nobody who runs jobs.
var quiet = []string{
	"internal/speckle/fake/", "internal/demo/", "internal/output/outputtest/", "internal/store/storetest/", // stand-ins
	"internal/speckle/query/generate/", "internal/web/openapi/", // make files of the repository
}

// makers are what messages are made by, with the place of the text among arguments.
var makers = map[string]int{
	"errors.New": 0, "fmt.Errorf": 0, "usagef": 0, "refuse": 1, "broken": 1, "wrongRow": 1, "fails": 1, "wrong": 1,
	"warnf": 0, "Msg": 0, "Message": 0,
}

// TestMessagesAreExplained: what the program says of what went wrong is on
// docs/messages.md, alone or as one of a kind.
func TestMessagesAreExplained(t *testing.T) {
	page, err := os.ReadFile("../docs/messages.md")
	if err != nil {
		t.Fatal(err)
	}
	var explained strings.Builder
	for _, found := range quoted.FindAllStringSubmatch(string(page), -1) {
		explained.WriteString(strings.Join(parts(found[1]), "\n") + "\n")
	}
	used := make([]int, len(kinds))
	made := complaints(t)
	for _, c := range made {
		of := slices.IndexFunc(kinds, func(k kind) bool {
			return (k.maker == "" || k.maker == c.maker) && lies(c.file, k.rooms)
		})
		if of >= 0 {
			used[of]++
		} else if !steps(c.text) && !slices.Contains(unmet, c.text) && !inPart(explained.String(), c.text) {
			t.Errorf("%s: docs/messages.md doesn't explain %q", c.file, c.text)
		}
	}
	for i, k := range kinds {
		if !strings.Contains(string(page), k.row) {
			t.Errorf("docs/messages.md has no row %q, for what %v %s says", k.row, k.rooms, k.maker)
		}
		if used[i] == 0 {
			t.Errorf("nothing is said by %v %s any more", k.rooms, k.maker)
		}
	}
	if len(made) < 500 {
		t.Errorf("%d messages were found", len(made))
	}
}

// lies says whether a file is in one of the rooms.
func lies(file string, rooms []string) bool {
	return slices.ContainsFunc(rooms, func(room string) bool { return strings.HasPrefix(file, room) })
}

// steps says whether a text only tells what was being done when another came up.
func steps(text string) bool { return strings.HasSuffix(text, ": %w") }

// inPart says whether three words of a message in a row stand on the page, which
// leaves out what varies.
func inPart(page, message string) bool {
	long := false
	for _, part := range parts(message) {
		list := strings.Fields(part)
		for i := range len(list) - 2 {
			if long = true; strings.Contains(page, " "+strings.Join(list[i:i+3], " ")+" ") {
				return true
			}
		}
	}
	return !long
}

// complaint is a text that says what went wrong.
type complaint struct{ file, maker, text string }

// complaints gives those of the program, each file's in their order.
func complaints(t *testing.T) []complaint {
	t.Helper()
	var all []complaint
	for _, root := range []string{"../cmd", "../internal"} {
		err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
			name := strings.TrimPrefix(filepath.ToSlash(path), "../")
			if err != nil || entry.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") ||
				lies(name, quiet) {
				return err
			}
			file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
			if err != nil {
				return err
			}
			ast.Inspect(file, func(n ast.Node) bool {
				if maker, text := complains(n); text != "" {
					all = append(all, complaint{name, maker, text})
				}
				return true
			})
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return all
}

// complains gives the text of a message that is made here, "" for none.
func complains(n ast.Node) (maker, text string) {
	switch n := n.(type) {
	case *ast.KeyValueExpr: // Error{Message: …}
		if key, is := n.Key.(*ast.Ident); is {
			if _, is := makers[key.Name]; is {
				text, _ := textOf(n.Value)
				return key.Name, text
			}
		}
	case *ast.CallExpr:
		maker := called(n.Fun)
		at, is := makers[maker]
		if !is || at >= len(n.Args) {
			return "", ""
		}
		text, _ := textOf(n.Args[at])
		return maker, text
	}
	return "", ""
}

// called names a function; what a log is told only where it warns.
func called(function ast.Expr) string {
	switch f := function.(type) {
	case *ast.Ident:
		return f.Name
	case *ast.SelectorExpr:
		if room, is := f.X.(*ast.Ident); is && (room.Name == "errors" || room.Name == "fmt") {
			return room.Name + "." + f.Sel.Name
		}
		if f.Sel.Name == "Msg" && !warns(f.X) {
			return ""
		}
		return f.Sel.Name
	}
	return ""
}

// warns says whether a line of the log is a warning or an error.
func warns(line ast.Expr) bool {
	call, is := line.(*ast.CallExpr)
	if !is {
		return false
	}
	f, is := call.Fun.(*ast.SelectorExpr)
	return is && (f.Sel.Name == "Warn" || f.Sel.Name == "Error" || warns(f.X))
}
