package elements

import (
	"context"
	"slices"
	"strings"
)

// maxValues bounds the values of a condition that are held to find near ones.
const maxValues = 10_000

// near finds values that are there, in place of those that no element has: Doors
// for doors. It looks through all elements once more.
func (f *filter) near(ctx context.Context, src Source) ([]string, error) {
	there := make([]map[string]bool, len(f.conditions))
	err := src.Each(ctx, func(path string) bool { return f.paths[path] }, func(e *Element) error {
		for i, c := range f.conditions {
			if c.field != nil {
				note(&there[i], textOrAbsent(c.field.of(e)))
			}
		}
		for _, p := range e.Properties {
			for i, c := range f.conditions {
				if c.field == nil && c.path == p.Path {
					note(&there[i], p.Value)
				}
			}
		}
		return nil
	})
	var all []string
	for i, c := range f.conditions {
		for _, want := range c.any {
			if want.Kind == Text && !there[i][want.Text] {
				all = append(all, nearValues(there[i], want.Text)...)
			}
		}
	}
	slices.Sort(all)
	return slices.Compact(all), err
}

// note keeps one value, as text.
func note(there *map[string]bool, v Value) {
	if v.Kind == Absent || len(*there) == maxValues {
		return
	}
	if *there == nil {
		*there = map[string]bool{}
	}
	(*there)[strings.Clone(v.String())] = true
}

// nearValues are those that are most like what was written, as a whole.
func nearValues(there map[string]bool, written string) []string {
	var names []string
	for name := range there {
		names = append(names, name)
	}
	slices.Sort(names)
	return nearestOf(names, written, func(name string) string { return name })
}
