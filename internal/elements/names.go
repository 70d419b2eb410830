package elements

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/agnivade/levenshtein"
)

// namer is a Source that knows its paths' names without a look at their values.
type namer interface {
	Names(ctx context.Context) ([]string, error)
}

// Names are the paths of a version that at least one element has.
func Names(ctx context.Context, src Source) ([]string, error) {
	if n, ok := src.(namer); ok {
		return n.Names(ctx)
	}
	paths, err := src.Paths(ctx)
	if err != nil {
		return nil, err
	}
	names := make([]string, len(paths))
	for i, p := range paths {
		names[i] = p.Name
	}
	return names, nil
}

// below is where all properties but root facts lie.
const below = "properties."

// resolve finds the path that is meant: exactly, or exactly below properties,
// else the one that ends so in whole segments.
func resolve(names []string, written string) (string, error) {
	for _, exact := range []string{written, below + written} {
		if slices.Contains(names, exact) {
			return exact, nil
		}
	}
	var ends []string
	for _, name := range names {
		if strings.HasSuffix(name, "."+written) {
			ends = append(ends, name)
		}
	}
	switch len(ends) {
	case 0:
		return "", &UnknownPathError{Path: written, Nearest: nearest(names, written)}
	case 1:
		return ends[0], nil
	default:
		return "", &AmbiguousError{Path: written, Candidates: ends}
	}
}

// Bounds on what counts as near.
const (
	nearestCount = 3
	nearestPart  = 3 // a third of the letters may be others
)

// nearest are the paths whose endings are most like what was written.
func nearest(names []string, written string) []string {
	segments := strings.Count(written, ".") + 1
	return nearestOf(names, written, func(name string) string { return ending(name, segments) })
}

// nearestOf are the names of which a part is most like what was written.
func nearestOf(names []string, written string, part func(string) string) []string {
	type near struct {
		name  string
		steps int
	}
	var found []near
	want := strings.ToLower(written)
	for _, name := range names {
		end := strings.ToLower(part(name))
		limit := max(utf8.RuneCountInString(want)/nearestPart, 1)
		if abs(utf8.RuneCountInString(end)-utf8.RuneCountInString(want)) > limit {
			continue
		}
		if steps := levenshtein.ComputeDistance(want, end); steps <= limit {
			found = append(found, near{name, steps})
		}
	}
	slices.SortStableFunc(found, func(a, b near) int { return cmp.Compare(a.steps, b.steps) })
	out := make([]string, 0, nearestCount)
	for _, n := range found[:min(len(found), nearestCount)] {
		out = append(out, n.name)
	}
	return out
}

// ending is the last so many segments of a path.
func ending(path string, segments int) string {
	at := len(path)
	for range segments {
		at = strings.LastIndexByte(path[:at], '.')
		if at < 0 {
			return path
		}
	}
	return path[at+1:]
}

func abs(n int) int { return max(n, -n) }
