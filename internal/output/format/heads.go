package format

import (
	"fmt"
	"strings"

	"speckle-runner/internal/output/record"
	"speckle-runner/internal/said"
)

// headNote says which heads aren't their columns' names, "" where all are: who looks a
// column up by its name wouldn't find it. The first few are enough to see why.
func headNote(names, heads []string, why string) string {
	const most, room = 3, 40
	var told []string
	others := 0
	for i, name := range names {
		switch {
		case heads[i] == name:
		case len(told) < most:
			told = append(told, fmt.Sprintf("%q is %q", said.Cut(name, room), said.Cut(heads[i], room)))
		default:
			others++
		}
	}
	if len(told) == 0 {
		return ""
	}
	text := "heads differ from their columns' names, as " + why + ": " + strings.Join(told, ", ")
	if others > 0 {
		text += fmt.Sprintf(" and %d more", others)
	}
	return text + "; columns gives them names of your own"
}

// doubled tells of heads that aren't their columns' names because another column has the
// name, as records that are texts have beside those with a "value".
func doubled(columns []record.Column) []string {
	if text := headNote(record.Names(columns), record.Headers(columns), "two columns would have the same"); text != "" {
		return []string{text}
	}
	return nil
}
