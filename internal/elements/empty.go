package elements

import (
	"context"
	"slices"
)

// isEmpty says whether a version has no element at all. One that has a path has
// one.
func isEmpty(ctx context.Context, src Source, names []string) (bool, error) {
	if len(names) > 0 {
		return false, nil
	}
	empty := true
	err := src.Each(ctx, func(string) bool { return false }, func(*Element) error {
		empty = false
		return nil
	})
	return empty && err == nil, err
}

// ofNothing is what an empty version gives where that may be: no record, and its
// columns. Nothing is misspelt there, for want of all paths.
func ofNothing(spec Spec) (Summary, error) {
	if !spec.AllowEmpty {
		return Summary{}, &NoElementsError{}
	}
	spec.Properties = slices.Clone(spec.Properties)
	for i := range spec.Properties {
		spec.Properties[i].Optional = true
	}
	records, err := newShape(nil, spec)
	if err != nil {
		return Summary{}, err
	}
	var sum Summary
	return sum, sum.judge(records.columns(), spec)
}
