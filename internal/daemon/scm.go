package daemon

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// restartDelay is when Windows starts a service again that ended by a failure.
const restartDelay = "5s"

// localSystem is who Windows runs a service as when nobody is named.
const localSystem = "LocalSystem"

// Windows tells what Windows' service manager is given: it keeps no file.
func (s Service) Windows() string {
	words := []string{windowsQuoted(s.Program)}
	for _, arg := range s.Args {
		words = append(words, windowsQuoted(arg))
	}
	return fmt.Sprintf("Windows service %s\n  description  %s\n  command      %s\n  account      %s\n  start        automatic, delayed\n"+
		"  on failure   restart after %s\n", s.Name, description, strings.Join(words, " "), cmp.Or(s.User, localSystem), restartDelay)
}

// windowsQuoted is a word as programs on Windows split their command line.
func windowsQuoted(word string) string {
	if word != "" && !strings.ContainsAny(word, " \t\"") {
		return word
	}
	var b strings.Builder
	b.WriteByte('"')
	slashes := 0
	for _, r := range word {
		switch r {
		case '\\':
			slashes++
		case '"':
			b.WriteString(strings.Repeat(`\`, slashes+1)) // each slash before a quote counts twice
			slashes = 0
		default:
			slashes = 0
		}
		b.WriteRune(r)
	}
	return b.String() + strings.Repeat(`\`, slashes) + `"`
}

// ownAccounts are Windows' own.
var ownAccounts = []string{"", "localsystem", `nt authority\localservice`, `nt authority\networkservice`, `nt authority\system`}

// needsPassword reports whether Windows asks for a password to run a service as
// an account: for all but its own, virtual ones and managed ones.
func needsPassword(account string) bool {
	name := strings.ToLower(account)
	if slices.Contains(ownAccounts, name) {
		return false
	}
	return !strings.HasPrefix(name, `nt service\`) && !strings.HasSuffix(name, "$")
}
