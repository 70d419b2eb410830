package elements

import "context"

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
