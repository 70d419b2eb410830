package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"speckle-runner/internal/daemon"
)

func serviceCommand(s *settings) *cobra.Command {
	command := &cobra.Command{
		Use:   "service",
		Short: "Make serve a service of this machine, with Windows, systemd or launchd",
		Long: `Make "runner serve" a service that starts with this machine: a Windows service, a
systemd unit, or a launchd job.

  runner service install --env-file .env   add the service to the system
  runner service start                     start it now
  runner service status                    exit code 0 if it is running, else 1
  runner service stop                      let runs finish, then stop
  runner service uninstall                 stop and remove it; files and ledger stay`,
		Args: knownCommand,
		RunE: func(command *cobra.Command, _ []string) error { return command.Help() },
	}
	command.AddCommand(
		serviceInstallCommand(s),
		s.serviceAction("uninstall", "Stop the service and remove it; job file, exports and ledger stay", "uninstalled",
			daemon.Service.Uninstall),
		s.serviceAction("start", "Start the service now", "started", daemon.Service.Start),
		s.serviceAction("stop", "Stop the service; runs may finish for as long as its --drain says", "stopped", daemon.Service.Stop),
		serviceStatusCommand(s),
	)
	return command
}

// serviceAction makes a command that does one thing with the service.
func (s *settings) serviceAction(name, short, done string, do func(daemon.Service) error) *cobra.Command {
	var flags serviceFlags
	command := &cobra.Command{
		Use: name, Short: short, Args: noArguments,
		RunE: func(*cobra.Command, []string) error {
			one, err := flags.service()
			if err != nil {
				return err
			}
			if err := do(one); err != nil {
				return err
			}
			_, err = fmt.Fprintf(s.out, "%s %s\n", done, one.Name)
			return err
		},
	}
	flags.add(command)
	return command
}

func serviceStatusCommand(s *settings) *cobra.Command {
	var flags serviceFlags
	command := &cobra.Command{
		Use:   "status",
		Short: "Say whether the service is running",
		Long: `Say whether the service is running, stopped, failed or not installed. The exit code is
0 if it is running, else 1. "runner health" also says whether its tick loop is alive.`,
		Args: noArguments,
		RunE: func(*cobra.Command, []string) error {
			one, err := flags.service()
			if err != nil {
				return err
			}
			state, err := one.State()
			if err != nil {
				return err
			}
			if _, err := fmt.Fprintf(s.out, "%s: %s\n", one.Name, state); err != nil {
				return err
			}
			if state != daemon.Running {
				return codeError(exitFailed)
			}
			return nil
		},
	}
	flags.add(command)
	return command
}

// knownCommand refuses words that are no command below this one.
func knownCommand(command *cobra.Command, words []string) error {
	if len(words) > 0 {
		return usagef("unknown command %q for %q; its --help lists them", words[0], command.CommandPath())
	}
	return nil
}
