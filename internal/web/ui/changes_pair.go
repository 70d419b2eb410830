package ui

import (
	"path"
	"regexp"
	"slices"
	"strings"

	"speckle-runner/internal/pattern"
	"speckle-runner/internal/store"
)

// filePair is a file of a run beside that of the good run before.
type filePair struct {
	now, then   *store.Run
	number, was int // of the file in each run; was is below 0 for none
}

func (p filePair) file() *store.File { return &p.now.Files[p.number] }

// before gives the file of the run before; there must be one.
func (p filePair) before() *store.File { return &p.then.Files[p.was] }

// rank puts the file that is asked for first, then those that can be compared.
func (p filePair) rank(asked int) int {
	switch {
	case p.number+1 == asked:
		return 0
	case p.was < 0, strings.Contains(p.file().Path, "://"):
		return 4
	case p.file().Path == p.before().Path:
		return 3
	case strings.HasSuffix(p.file().Path, ".xlsx"):
		return 2 // the others say dates as dates
	}
	return 1
}

// pairsOf puts the files of two runs of a job beside each other: those of one
// output, and of one item where it writes a file for each.
func pairsOf(now, then *store.Run) []filePair {
	type name struct{ output, item string }
	places := map[name][]int{}
	for i, f := range then.Files {
		at := name{f.Output, itemOf(f)}
		places[at] = append(places[at], i)
	}
	all := make([]filePair, len(now.Files))
	for i, f := range now.Files {
		all[i] = filePair{now, then, i, -1}
		if at := places[name{f.Output, itemOf(f)}]; len(at) == 1 {
			all[i].was = at[0]
		} else if same := slices.IndexFunc(then.Files, func(o store.File) bool { return o.Path == f.Path }); same >= 0 {
			all[i].was = same
		}
	}
	return all
}

var placeholders = pattern.New(`\{\{|\}\}|\{[^{}]*\}`)

// itemOf gives what in a file's path comes from its item: what stands there for
// {each.…} in its output's name.
func itemOf(f store.File) string {
	if !strings.Contains(f.Output, "{each") {
		return ""
	}
	var pattern strings.Builder
	pattern.WriteByte('^')
	rest := f.Output
	for {
		at := placeholders().FindStringIndex(rest)
		if at == nil {
			break
		}
		pattern.WriteString(regexp.QuoteMeta(rest[:at[0]]))
		switch word := rest[at[0]:at[1]]; {
		case word == "{{", word == "}}":
			pattern.WriteString(regexp.QuoteMeta(word[:1]))
		case strings.HasPrefix(word, "{each"):
			pattern.WriteString("(.+)")
		default:
			pattern.WriteString(".+?")
		}
		rest = rest[at[1]:]
	}
	pattern.WriteString(regexp.QuoteMeta(rest) + "$")
	shape, err := regexp.Compile(pattern.String())
	if err != nil {
		return f.Path
	}
	found := shape.FindStringSubmatch(f.Path)
	if found == nil {
		return f.Path
	}
	return path.Join(found[1:]...)
}
