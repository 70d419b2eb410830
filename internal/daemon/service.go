package daemon

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"speckle-runner/internal/pattern"
)

// Service is `runner serve` as a system's manager starts it.
type Service struct {
	Name    string
	User    string // account that it runs as; "" is the manager's own
	PerUser bool   // of one account, without root: it starts when that account logs in

	Program string // absolute, as everything that names a file
	Args    []string
	Dir     string        // where it is started
	Drain   time.Duration // how long runs may go on after a stop
}

const description = "Speckle queries on a schedule (runner serve)"

// stopSlack is what a stop takes beside the runs: closing files, and the ledger.
const stopSlack = 15 * time.Second

// stopSeconds is how long a manager waits before it kills.
func (s Service) stopSeconds() int { return int((s.Drain + stopSlack).Seconds()) }

// names are words that every manager takes, and no path. Compiling
// them took half a millisecond of each command's start.
var names = pattern.New(`^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$`)

// CheckName refuses a name that one of the managers wouldn't take.
func CheckName(name string) error {
	if !names().MatchString(name) {
		return errors.New("want letters, digits and . _ - only, 64 at most, with a letter or digit first")
	}
	return nil
}

// Check refuses what can't be written down for a manager.
func (s Service) Check() error {
	if err := CheckName(s.Name); err != nil {
		return fmt.Errorf("name %q: %w", s.Name, err)
	}
	for _, path := range []string{s.Program, s.Dir} {
		if !filepath.IsAbs(path) {
			return fmt.Errorf("%q isn't a whole path", path)
		}
	}
	if strings.ContainsAny(s.Program, `"'`) { // systemd refuses it
		return fmt.Errorf("%q can't be a service's program: it has quotes in its path", s.Program)
	}
	for _, text := range append([]string{s.Program, s.Dir, s.User}, s.Args...) {
		// Line ends would begin settings of their own, {{ is the library's.
		if strings.ContainsAny(text, "\n\r\x00") || strings.Contains(text, "{{") {
			return fmt.Errorf("%q can't be written into a service: it has a line end or {{ in it", text)
		}
	}
	return nil
}
