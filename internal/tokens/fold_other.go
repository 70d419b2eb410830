//go:build !windows

package tokens

// fold leaves a name as it is: a variable has one.
func fold(name string) string { return name }
