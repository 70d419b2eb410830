package figures

import (
	"fmt"
	"strings"
)

// First lists the first of many names, and counts the rest.
func First(names []string, more string) string {
	const most = 4
	if rest := len(names) - most; rest > 0 {
		return fmt.Sprintf("%s and %s", strings.Join(names[:most], ", "), Count(rest, more))
	}
	return strings.Join(names, ", ")
}
