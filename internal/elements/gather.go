package elements

import (
	"context"
	"strings"
	"unicode/utf8"
)

// Bounds on what is kept of a path.
const (
	keptUnits   = 16
	keptExample = 200 // bytes
)

// ListPaths gives the paths that elements have which match where, in the order in
// which they are first seen, with what they hold.
func ListPaths(ctx context.Context, src Source, where []Condition) ([]Path, error) {
	if len(where) == 0 {
		return src.Paths(ctx)
	}
	names, err := Names(ctx, src)
	if err != nil {
		return nil, err
	}
	only, err := compile(names, where)
	if err != nil {
		return nil, err
	}
	matched, total := int64(0), int64(0)
	paths, err := Gather(ctx, src, func(e *Element) bool {
		total++
		if !only.match(e) {
			return false
		}
		matched++
		return true
	})
	if err == nil && matched == 0 {
		return nil, &NoMatchError{Where: where, Elements: total}
	}
	return paths, err
}

// Gather counts the paths of the elements that keep takes; nil takes all. Sources
// can answer Paths with it.
func Gather(ctx context.Context, src Source, keep func(*Element) bool) ([]Path, error) {
	var paths []Path
	at := map[string]int{}
	err := src.Each(ctx, nil, func(e *Element) error {
		if keep != nil && !keep(e) {
			return nil
		}
		for _, p := range e.Properties {
			i, known := at[p.Path]
			if !known {
				i = len(paths)
				name := strings.Clone(p.Path)
				at[name] = i
				paths = append(paths, Path{Name: name})
			}
			paths[i].add(p)
		}
		return nil
	})
	return paths, err
}

func (p *Path) add(one Property) {
	p.Elements++
	if one.Unit != "" && len(p.Units) < keptUnits && !p.hasUnit(one.Unit) {
		p.Units = append(p.Units, strings.Clone(one.Unit))
	}
	if p.Example.Kind == Absent || p.Example.Kind == Text && p.Example.Text == "" {
		p.Example = one.Value
		p.Example.Text = example(one.Value.Text)
	}
}

func (p *Path) hasUnit(unit string) bool {
	for _, u := range p.Units {
		if sameUnit(u, unit) {
			return true
		}
	}
	return false
}

// example is a text's beginning, whole letters only.
func example(text string) string {
	if len(text) > keptExample {
		end := keptExample
		for end > 0 && !utf8.RuneStart(text[end]) {
			end--
		}
		text = text[:end]
	}
	return strings.Clone(text)
}
