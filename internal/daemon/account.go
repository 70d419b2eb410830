package daemon

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"runtime"
)

const onWindows = runtime.GOOS == "windows"

// AccountFor gives the account that a service runs as: the one that is named, or who
// called sudo. A service of one's own account needs none.
func AccountFor(named string, perUser bool) (string, error) {
	switch {
	case perUser && named != "":
		return "", errors.New("--user and --per-user: a service of your own account runs as you")
	case onWindows && needsPassword(named):
		return "", fmt.Errorf("--user %s: Windows asks for that account's password, which no command line should hold: install without --user, "+
			"and set it in services.msc, Log On", named)
	case perUser || onWindows:
		return named, nil
	}
	return cmp.Or(named, os.Getenv("SUDO_USER")), nil
}
