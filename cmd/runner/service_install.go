package main

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"speckle-runner/internal/commandline"
	"speckle-runner/internal/daemon"
	"speckle-runner/internal/logging"
	"speckle-runner/internal/secret"
)

func serviceInstallCommand(s *settings) *cobra.Command {
	var which serviceFlags
	var serve serveFlags
	var user string
	var show bool
	command := &cobra.Command{
		Use:   "install",
		Short: "Install serve as a service that starts with the machine",
		Long: `Install "runner serve" as a service, with the flags that serve takes. Relative paths
are taken from this folder. Start the service with "runner service start".

A service doesn't see the variables of your terminal. Put tokens into a file of
NAME=VALUE lines that only the service's account may read, and name that file with
--env-file (or use token_file in jobs). No secret is ever written into the service's
description, which everybody on the machine can read.

The log goes to --log-file. Without that flag, it goes to the journal on Linux, and on
Windows and macOS to NAME.log beside the ledger.`,
		Args: noArguments,
		RunE: func(command *cobra.Command, _ []string) error {
			one, err := which.service()
			if err != nil {
				return err
			}
			if one.User, err = daemon.AccountFor(user, which.perUser); err != nil {
				return usageError{err}
			}
			one.Drain = serve.drain
			if err := s.describe(&one, command.Flags(), &serve); err != nil {
				return err
			}
			if show {
				_, err := fmt.Fprint(s.out, one.Text())
				return err
			}
			return s.install(one, serve.logFile)
		},
	}
	which.add(command)
	serve.add(command)
	command.Flags().StringVar(&user, "user", "", "`ACCOUNT` that the service runs as (default: who called sudo; on Windows LocalSystem)")
	command.Flags().BoolVar(&show, "print", false, "print what would be written, and install nothing")
	return command
}

// describe fills in what the service runs: serve with these flags, with absolute paths.
func (s *settings) describe(one *daemon.Service, flags *pflag.FlagSet, serve *serveFlags) (err error) {
	if one.Dir, err = os.Getwd(); err != nil {
		return fmt.Errorf("find the folder of the service: %w", err)
	}
	if one.Program, err = os.Executable(); err != nil {
		return fmt.Errorf("find the program of the service: %w", err)
	}
	if strings.Contains(one.Program, "go-build") {
		return usagef("this is a program of `go run`, which is removed when it ends: build it first (go build -o runner ./cmd/runner)")
	}
	if err := s.wholePaths(serve, one); err != nil {
		return err
	}
	one.Args = []string{"serve"}
	flags.VisitAll(func(f *pflag.Flag) {
		always := slices.Contains([]string{"file", "output-dir", "database", "log-file"}, f.Name) && f.Value.String() != ""
		switch {
		case slices.Contains([]string{"name", "per-user", "user", "print", "help"}, f.Name), !f.Changed && !always:
		case f.Name == "file":
			for _, path := range s.files {
				one.Args = append(one.Args, "--file="+path)
			}
		case f.Name == "env-file":
			for _, path := range s.envFiles {
				one.Args = append(one.Args, "--env-file="+path)
			}
		case f.Name == "database" && s.ledgerName().HasPassword():
			// It comes from an env file, as wholePaths made sure.
		default:
			one.Args = append(one.Args, "--"+f.Name+"="+f.Value.String())
		}
	})
	if err := one.Check(); err != nil {
		return usageError{err}
	}
	return nil
}

// wholePaths makes the paths of flags absolute, and refuses a password that would be
// written into the service.
func (s *settings) wholePaths(serve *serveFlags, one *daemon.Service) error {
	var problems []error
	whole := func(path *string) {
		absolute, err := filepath.Abs(*path)
		problems = append(problems, err)
		*path = absolute
	}
	for i := range s.files {
		whole(&s.files[i])
	}
	whole(&s.outputDir)
	for i := range s.envFiles {
		whole(&s.envFiles[i])
	}
	database, err := s.ledgerName().Whole()
	problems = append(problems, err)
	s.database = string(database)
	if serve.logFile == "" && runtime.GOOS != "linux" {
		folder := s.outputDir
		if ledger, isFile := database.File(); isFile {
			folder = filepath.Dir(ledger)
		}
		serve.logFile = filepath.Join(folder, one.Name+".log")
	}
	for _, path := range []*string{&serve.logFile, &serve.tlsCert, &serve.tlsKey} {
		if *path != "" {
			whole(path)
		}
	}
	_, err = serve.base()
	problems = append(problems, serve.checkTLS(), err)
	if err := logging.CheckFile(serve.logFile); err != nil {
		problems = append(problems, usagef("--log-file: %w", err))
	}
	problems = append(problems, s.logFileApart(serve.logFile, serve.tlsCert, serve.tlsKey))
	if s.ledgerName().HasPassword() && !secret.InFiles(s.envFiles, commandline.VariableOf("database")) {
		problems = append(problems, usagef("--database holds a password, and everybody on this machine can read a service: write the line "+
			"%s=… into a file, and name that by --env-file", commandline.VariableOf("database")))
	}
	return errors.Join(problems...)
}

// install installs the service, if the job file is good.
func (s *settings) install(one daemon.Service, logFile string) error {
	file, err := s.load()
	if err != nil {
		return err
	}
	if err := one.Install(); err != nil {
		return err
	}
	for _, name := range file.TokenVariables() {
		if !secret.InFiles(s.envFiles, name) {
			fmt.Fprintf(s.err, "warning: %s is in no --env-file, and a service doesn't see this terminal's variables: jobs that use it will fail\n",
				name)
		}
	}
	start := ""
	if one.Name != defaultService {
		start += " --name " + one.Name
	}
	if one.PerUser {
		start += " --per-user"
	}
	fmt.Fprintf(s.out, "installed %s (%s)\n  account  %s\n  log      %s\n  start    runner service start%s\n", one.Name, one.Place(),
		one.Account(), cmp.Or(logFile, one.Journal()), start)
	if one.PerUser && runtime.GOOS == "linux" {
		fmt.Fprintln(s.out, "It runs while you are logged in; loginctl enable-linger keeps it after that.")
	}
	return nil
}
