package look

import (
	"fmt"
	"slices"
	"strings"

	"speckle-runner/internal/elements"
)

// ReadWhere reads conditions, NAME=VALUE each; a name that is there again may have
// either value.
func ReadWhere(given []string) ([]elements.Condition, error) {
	var all []elements.Condition
	for _, text := range given {
		name, value, found := strings.Cut(text, "=")
		name = strings.TrimSpace(name)
		if !found || name == "" {
			return nil, fmt.Errorf("--where %q: want NAME=VALUE, such as category=Doors", text)
		}
		wanted := elements.Value{Kind: elements.Text, Text: value} // equal to a number that is written so
		i := slices.IndexFunc(all, func(c elements.Condition) bool { return c.Name == name })
		if i < 0 {
			i = len(all)
			all = append(all, elements.Condition{Name: name})
		}
		all[i].Any = append(all[i].Any, wanted)
	}
	return all, nil
}
