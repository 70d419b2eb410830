package main

import (
	"runtime"

	"github.com/spf13/cobra"

	"speckle-runner/internal/daemon"
)

const onWindows = runtime.GOOS == "windows"

// defaultService is the service's name without --name.
const defaultService = "speckle-runner"

// serviceFlags say which service is meant.
type serviceFlags struct {
	name    string
	perUser bool
}

func (f *serviceFlags) add(command *cobra.Command) {
	command.Flags().StringVar(&f.name, "name", defaultService, "`NAME` of the service")
	command.Flags().BoolVar(&f.perUser, "per-user", false,
		"a service of your own account, without root; it starts when you log in (not on Windows)")
}

// service gives the service that the flags name.
func (f *serviceFlags) service() (daemon.Service, error) {
	if err := daemon.CheckName(f.name); err != nil {
		return daemon.Service{}, usagef("--name %q: %w", f.name, err)
	}
	if f.perUser && onWindows {
		return daemon.Service{}, usagef("--per-user: Windows has no services of one account; let the Task Scheduler run `runner serve` at log on")
	}
	return daemon.Service{Name: f.name, PerUser: f.perUser}, nil
}
