package tokens

import (
	"os"
	"strings"
	"sync"

	"speckle-runner/internal/secret"
)

// own are variables of the runner itself that hold secrets.
var own = []string{"RUNNER_WEB_TOKEN", "RUNNER_DATABASE", "PGPASSWORD"}

// withheld are the names that Withhold was told.
var withheld struct {
	sync.Mutex

	names map[string]bool
}

// Withhold keeps variables from every command that is run from now on: those that
// job files name for tokens and other secrets.
func Withhold(names ...string) {
	withheld.Lock()
	defer withheld.Unlock()
	if withheld.names == nil {
		withheld.names = map[string]bool{}
	}
	for _, name := range names {
		withheld.names[fold(name)] = true
	}
}

// environment gives what a command finds: this process's variables without the
// runner's secrets, and without whatever holds a Speckle token, named or not.
func environment() []string {
	withheld.Lock()
	defer withheld.Unlock()
	secrets := map[string]bool{}
	for _, name := range own {
		secrets[fold(name)] = true
	}
	var kept []string
	for _, one := range os.Environ() {
		name, value, _ := strings.Cut(one, "=")
		if !secrets[fold(name)] && !withheld.names[fold(name)] && len(secret.FindTokens([]byte(value))) == 0 {
			kept = append(kept, one)
		}
	}
	return kept
}
