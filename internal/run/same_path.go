package run

import (
	"encoding/json"
	"fmt"

	"speckle-runner/internal/output/disk"
	"speckle-runner/internal/said"
)

// refuseSamePath refuses files of several items that would have the same path: each
// would replace the one before it.
func (e *publisher) refuseSamePath(exports []export) error {
	if len(exports) < 2 {
		return nil
	}
	first := make(map[string]export, len(exports))
	for _, x := range exports {
		file, latest, err := e.paths(x)
		if err != nil {
			return err
		}
		for _, path := range []string{file, latest} {
			if path == "" {
				continue
			}
			if other, taken := first[path]; taken {
				return &disk.RefusedError{Err: fmt.Errorf("publish %s: two items of for_each give this path, %s and %s: put {each.…} of a key "+
					"in which they differ into it, as in {each.id}", path, itemText(other), itemText(x))}
			}
			first[path] = x
		}
	}
	return nil
}

// itemText names the item that a file is for.
func itemText(x export) string {
	text, err := json.Marshal(x.each)
	if err != nil {
		return "one of them"
	}
	return said.Line(string(text), maxItemText)
}
