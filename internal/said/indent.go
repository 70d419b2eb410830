package said

import "strings"

// Indent keeps the lines of a text below its first one apart from what stands
// around it.
func Indent(text, by string) string { return strings.ReplaceAll(text, "\n", "\n"+by) }
