package main

import (
	"errors"
	"io/fs"

	"github.com/spf13/cobra"

	"speckle-runner/internal/starter"
)

func initCommand(s *settings) *cobra.Command {
	command := &cobra.Command{
		Use:   "init",
		Short: "Write a first job file",
		Long: `Write a first job file, with a comment beside everything that you have to change. Also
write a .gitignore and a .env.example, because tokens belong in variables, and a file
with their values must stay on this machine. init never overwrites a file.`,
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
			starter.Next(s.out)
			return nil
		},
	}
	return command
}
