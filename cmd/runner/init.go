package main

import (
	_ "embed"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/spf13/cobra"
)

//go:embed init.yaml
var firstFile []byte

func initCommand(s *settings) *cobra.Command {
	command := &cobra.Command{
		Use:   "init",
		Short: "Write a first job file",
		Long:  `Write a first job file, with a comment beside everything that is yours to change. It never overwrites one.`,
		Args:  noArguments,
		RunE: func(*cobra.Command, []string) error {
			file, err := os.OpenFile(s.file, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
			if errors.Is(err, fs.ErrExist) {
				return usagef("%s exists already: init never overwrites a file (-f names another)", s.file)
			}
			if err != nil {
				return fmt.Errorf("write the job file: %w", err)
			}
			if _, err := file.Write(firstFile); err != nil {
				file.Close()
				return fmt.Errorf("write %s: %w", s.file, err)
			}
			if err := file.Close(); err != nil {
				return fmt.Errorf("write %s: %w", s.file, err)
			}
			fmt.Fprintf(s.out, `%s is written. Next:
  1. Put your project's id into it: the part behind /projects/ of its address.
  2. Make a Personal Access Token with the scope streams:read, in Speckle's
     developer settings, and set it:  export SPECKLE_TOKEN_MODELS=…
  3. runner validate
  4. runner run models --dry-run, then without --dry-run
`, s.file)
			return nil
		},
	}
	s.fileFlag(command)
	return command
}
