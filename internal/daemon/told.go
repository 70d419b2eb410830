package daemon

import (
	"cmp"
	"runtime"
)

// Place says where the system keeps what describes the service.
func (s Service) Place() string { return cmp.Or(s.Path(), "Windows services") }

// Account says who the service runs as.
func (s Service) Account() string {
	switch {
	case s.PerUser:
		return "your own"
	case s.User != "":
		return s.User
	case runtime.GOOS == "windows":
		return "LocalSystem"
	}
	return "root (--user names another)"
}

// Journal is the command that shows the log of a service that has no log file.
func (s Service) Journal() string {
	if s.PerUser {
		return "journalctl --user -u " + s.Name
	}
	return "journalctl -u " + s.Name
}
