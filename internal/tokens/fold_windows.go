package tokens

import "strings"

// fold makes one name of those that name one variable: Windows doesn't tell
// capital letters apart.
func fold(name string) string { return strings.ToUpper(name) }
