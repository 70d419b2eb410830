package main

import (
	_ "embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"
)

//go:embed init.yaml
var firstFile string

// ignored is what has no place in a repository: values of variables, the
// ledger, exports.
const ignored = `.env
.env.*
!.env.example
.runner/
exports/
`

const exampleVariables = `# The variables that jobs.yaml names, without their values. Copy this to .env,
# which .gitignore keeps out of the repository, chmod 600 it, and fill it in:
# no quotes, no spaces. It isn't read by itself:
#   runner --env-file .env …          or RUNNER_ENV_FILE=.env
#   docker run --env-file .env …      or env_file: in a compose file
SPECKLE_TOKEN_MODELS=
`

func initCommand(s *settings) *cobra.Command {
	command := &cobra.Command{
		Use:   "init",
		Short: "Write a first job file",
		Long: `Write a first job file, with a comment beside everything that is yours to change,
and beside it a .gitignore and a .env.example: tokens belong in variables, and
a file with their values stays on this machine. It never overwrites a file.`,
		Args: noArguments,
		RunE: func(*cobra.Command, []string) error {
			err := writeNew(s.file, firstFile)
			if errors.Is(err, fs.ErrExist) {
				return usagef("%s exists already: init never overwrites a file (-f names another)", s.file)
			}
			if err != nil {
				return err
			}
			fmt.Fprintf(s.out, "%s is written.\n", s.file)
			if err := s.initBeside(filepath.Dir(s.file)); err != nil {
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

// initBeside writes what keeps secrets out of a repository. Files that are
// there already belong to somebody: they stay, and what they lack is told.
func (s *settings) initBeside(dir string) error {
	example := filepath.Join(dir, ".env.example")
	switch err := writeNew(example, exampleVariables); {
	case err == nil:
		fmt.Fprintf(s.out, "%s is written: names of variables, never their values.\n", example)
	case !errors.Is(err, fs.ErrExist):
		return err
	}
	path := filepath.Join(dir, ".gitignore")
	err := writeNew(path, ignored)
	if err == nil {
		fmt.Fprintf(s.out, "%s is written.\n", path)
	}
	if !errors.Is(err, fs.ErrExist) {
		return err
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if missing := missingLines(string(text), ignored); len(missing) > 0 {
		fmt.Fprintf(s.out, "%s was there already and stays as it is. It lacks: %s\n", path, strings.Join(missing, "  "))
	}
	return nil
}

// missingLines gives the lines of want that a text hasn't.
func missingLines(text, want string) []string {
	have := strings.Fields(text)
	return slices.DeleteFunc(strings.Fields(want), func(line string) bool { return slices.Contains(have, line) })
}

// writeNew writes a file that mustn't exist.
func writeNew(path, text string) error {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return fmt.Errorf("write a first file: %w", err)
	}
	if _, err := file.WriteString(text); err != nil {
		file.Close()
		return fmt.Errorf("write %s: %w", path, err)
	}
	if err := file.Close(); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return nil
}
