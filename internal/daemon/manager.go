package daemon

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"

	kardianos "github.com/kardianos/service"
)

// State is how a service stands.
type State string

// The states of a service.
const (
	Running      State = "running"
	Stopped      State = "stopped"
	Failed       State = "failed"
	NotInstalled State = "not installed"
)

// errNoManager says that this machine has no manager that services could be
// installed at.
var errNoManager = errors.New("this machine has no systemd: start `runner serve` by what starts services here " +
	"(docs/operating.md), or run it in a container")

// Text is what Install would write here.
func (s Service) Text() string {
	switch runtime.GOOS {
	case "windows":
		return s.Windows()
	case "darwin":
		return s.Plist()
	default:
		return s.Unit()
	}
}

// Path is the file that describes the service; Windows has none.
func (s Service) Path() string {
	home, _ := os.UserHomeDir()
	switch {
	case runtime.GOOS == "windows":
		return ""
	case runtime.GOOS == "darwin" && s.PerUser:
		return filepath.Join(home, "Library", "LaunchAgents", s.Name+".plist")
	case runtime.GOOS == "darwin":
		return filepath.Join("/Library/LaunchDaemons", s.Name+".plist")
	case s.PerUser:
		return filepath.Join(home, ".config", "systemd", "user", s.Name+".service")
	default:
		return filepath.Join("/etc/systemd/system", s.Name+".service")
	}
}

// manager is the system's manager, asked about this service.
func (s Service) manager() (kardianos.Service, error) {
	if runtime.GOOS != "windows" && runtime.GOOS != "darwin" && kardianos.Platform() != "linux-systemd" {
		return nil, errNoManager
	}
	c := &kardianos.Config{
		Name: s.Name, DisplayName: "runner (" + s.Name + ")", Description: description,
		UserName: s.User, Executable: s.Program, Arguments: s.Args, WorkingDirectory: s.Dir,
		Option: kardianos.KeyValue{
			"UserService": s.PerUser, "SystemdScript": s.Unit(), "LaunchdConfig": s.Plist(),
			"DelayedAutoStart": true, "OnFailure": "restart", "OnFailureDelayDuration": restartDelay, "OnFailureResetPeriod": 86400,
		},
	}
	return kardianos.New(nil, c)
}

// Install describes the service to the manager, which starts it with the machine
// from then on. It doesn't start it, and never replaces a service.
func (s Service) Install() error {
	m, err := s.manager()
	if err != nil {
		return err
	}
	if err := s.allowed(); err != nil {
		return err
	}
	state, err := s.State()
	if err != nil {
		return err
	}
	if state != NotInstalled {
		return fmt.Errorf("there is a service %s already, which is %s: uninstall it first, or choose another --name", s.Name, state)
	}
	if err := m.Install(); err != nil {
		if path := s.Path(); path != "" {
			_ = os.Remove(path) // it wasn't there before
		}
		return s.explained("install", err)
	}
	return nil
}

// Uninstall stops the service and removes what describes it, and nothing else.
func (s Service) Uninstall() error {
	return s.ask("uninstall", func(m kardianos.Service, state State) error {
		if state == Running {
			if err := m.Stop(); err != nil {
				return err
			}
		}
		return m.Uninstall()
	})
}

// Start starts it now; one that runs already goes on.
func (s Service) Start() error {
	return s.ask("start", func(m kardianos.Service, state State) error {
		if state == Running {
			return nil
		}
		return m.Start()
	})
}

// Stop stops it as SIGTERM does; with the machine it starts again.
func (s Service) Stop() error {
	return s.ask("stop", func(m kardianos.Service, state State) error {
		if state == Stopped {
			return nil
		}
		return m.Stop()
	})
}

// ask asks the manager to do something with a service that is installed.
func (s Service) ask(what string, do func(m kardianos.Service, state State) error) error {
	m, err := s.manager()
	if err != nil {
		return err
	}
	state, err := s.State()
	if err != nil {
		return err
	}
	if state == NotInstalled {
		return fmt.Errorf("there is no service %s: `runner service install` makes it; --name and --per-user say which is meant", s.Name)
	}
	if err := s.allowed(); err != nil {
		return err
	}
	return s.explained(what, do(m, state))
}

// State asks the manager how the service stands.
func (s Service) State() (State, error) {
	m, err := s.manager()
	if err != nil {
		return "", err
	}
	status, err := m.Status()
	switch {
	case err == nil && status == kardianos.StatusRunning:
		return Running, nil
	case err == nil:
		return Stopped, nil
	case errors.Is(err, kardianos.ErrNotInstalled):
		// The library says so of every word of systemctl that it doesn't know.
		if path := s.Path(); path != "" && exists(path) {
			return Stopped, nil
		}
		return NotInstalled, nil
	case strings.Contains(err.Error(), "failed state"):
		return Failed, nil
	}
	return "", s.explained("ask about", err)
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

// allowed refuses beforehand what only root may do: systemctl would do half of it.
func (s Service) allowed() error {
	if runtime.GOOS == "windows" || s.PerUser || os.Geteuid() == 0 {
		return nil
	}
	return errors.New("only root may change services of the machine: run it with sudo, or give --per-user for a service of your own account")
}

// explained says what was being done, and what to do about a refusal.
func (s Service) explained(what string, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, fs.ErrPermission) && runtime.GOOS == "windows":
		return fmt.Errorf("%s the service %s: Windows refuses: open the terminal by \"Run as administrator\"", what, s.Name)
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("%s the service %s: %w: run it with sudo", what, s.Name, err)
	}
	if _, silent := errors.AsType[*exec.ExitError](err); silent && runtime.GOOS == "linux" { // the library keeps what systemctl said
		own := ""
		if s.PerUser {
			own = "--user "
		}
		return fmt.Errorf("%s the service %s: systemctl: %w; systemctl %sstatus %[2]s says why", what, s.Name, err, own)
	}
	return fmt.Errorf("%s the service %s: %w", what, s.Name, err)
}
