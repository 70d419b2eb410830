package main

import (
	"errors"
	"fmt"
	"io/fs"

	"github.com/spf13/cobra"

	"speckle-runner/internal/starter"
)

func initCommand(s *settings) *cobra.Command {
	command := &cobra.Command{
		Use:   "init",
		Short: "Write a first job file",
		Long: `Write a first job file, with a comment beside everything that is yours to change,
and beside it a .gitignore and a .env.example: tokens belong in variables, and
a file with their values stays on this machine. It never overwrites a file.`,
		Args: noArguments,
		RunE: func(*cobra.Command, []string) error {
			if len(s.files) > 1 {
				return usagef("init writes one job file: -f names several")
			}
			err := starter.Write(s.out, s.files[0])
			if errors.Is(err, fs.ErrExist) {
				return usagef("%s exists already: init never overwrites a file (-f names another)", s.files[0])
			}
			if err != nil {
				return err
			}
			fmt.Fprint(s.out, `Next:
  1. Put your project's id into it: the part behind /projects/ of its address.
  2. Make a Personal Access Token with the scope streams:read, in Speckle's
     developer settings, and set it:  export SPECKLE_TOKEN_MODELS=…
     (or keep it in .env, and add --env-file .env to the commands below)
  3. runner validate
  4. runner run models --dry-run, then without --dry-run
`)
			return nil
		},
	}
	return command
}
