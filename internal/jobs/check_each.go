package jobs

import (
	"slices"
	"strings"
	"unicode/utf8"

	"speckle-runner/internal/jobs/document"
	"speckle-runner/internal/jobs/placeholder"
	"speckle-runner/internal/jobs/spelling"
)

// gives tells whether the items may hold a variable's value.
func (f *ForEach) gives(name string) bool {
	found, _ := f.holds([]string{name})
	return found
}

// holds tells whether the items may hold a value at a path, and if not, which
// names they have in its place. Only a query's own selection, and a select that
// shows its keys plainly, can rule one out.
func (f *ForEach) holds(path []string) (found bool, names []string) {
	if f.Select != nil {
		keys, plain := f.Select.Keys()
		return !plain || slices.Contains(keys, path[0]), keys
	}
	if f.Query == nil {
		return true, nil
	}
	for _, column := range f.Query.Columns() {
		same := 0
		for same < min(len(path), len(column.Path)) && path[same] == column.Path[same] {
			same++
		}
		switch {
		case same == len(path), same == len(column.Path) && (column.Free || column.List):
			return true, nil
		case same < len(column.Path):
			name := strings.Join(append(slices.Clone(path[:same]), column.Path[same]), ".")
			if !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	return len(names) == 0, names
}

// eachNames checks what a text asks of the items of the job's for_each.
func (l *loader) eachNames(given at, t placeholder.Template) {
	text := given.node.Text
	for _, written := range t.Names() {
		name, ofEach := strings.CutPrefix(written, "each.")
		if !ofEach {
			continue
		}
		found, names := l.each.holds(strings.Split(name, "."))
		if found {
			continue
		}
		p := document.Problem{Message: "the items of for_each have no " + name, Hint: spelling.DidYouMean(name, names)}
		if p.Hint == "" {
			p.Hint = "they have " + shortList(names)
		}
		line, col := lineOf(text, 1+utf8.RuneCountInString(text[:max(strings.Index(text, "{"+written), 0)]))
		l.inside(given, line, col, p)
	}
}

// shortList joins the first of many names for a message.
func shortList(names []string) string {
	const most = 8
	if len(names) > most {
		names = append(slices.Clone(names[:most]), "…")
	}
	return strings.Join(names, ", ")
}
