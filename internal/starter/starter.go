// Package starter writes a first job file, and beside it what keeps secrets out of a
// repository. It never overwrites a file.
package starter

import (
	_ "embed"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
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

const exampleVariables = `# The variables that jobs.yaml names, without their values. Copy this file to
# .env (which .gitignore keeps out of the repository), chmod 600 it, and fill in
# the values, without quotes or spaces. runner reads .env only when you name it:
#   runner --env-file .env …          or RUNNER_ENV_FILE=.env
#   docker run --env-file .env …      or env_file: in a compose file
SPECKLE_TOKEN_MODELS=
`

const next = `Next:
  1. Put your project's id into the job file: it is what follows /projects/ in
     the project's address.
  2. Make a Personal Access Token with the scope streams:read, in Speckle's
     developer settings. Put it into its variable:  export SPECKLE_TOKEN_MODELS=…
     (or keep it in .env, and add --env-file .env to the commands below)
  3. runner validate
  4. runner run models --dry-run, then without --dry-run
`

// Next tells out what is to be done with a first job file.
func Next(out io.Writer) { fmt.Fprint(out, next) }

// Write writes a first job file, and tells out what it wrote. Where there is a file,
// it is fs.ErrExist.
func Write(out io.Writer, path string) error {
	if err := writeNew(path, firstFile); err != nil {
		return err
	}
	fmt.Fprintf(out, "%s is written.\n", path)
	return writeBeside(out, filepath.Dir(path))
}

// writeBeside writes what keeps secrets out of a repository. Files that are
// there already belong to somebody: they stay, and what they lack is told.
func writeBeside(out io.Writer, dir string) error {
	example := filepath.Join(dir, ".env.example")
	switch err := writeNew(example, exampleVariables); {
	case err == nil:
		fmt.Fprintf(out, "%s is written: names of variables, never their values.\n", example)
	case !errors.Is(err, fs.ErrExist):
		return err
	}
	path := filepath.Join(dir, ".gitignore")
	err := writeNew(path, ignored)
	if err == nil {
		fmt.Fprintf(out, "%s is written.\n", path)
	}
	if !errors.Is(err, fs.ErrExist) {
		return err
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if missing := missingLines(string(text), ignored); len(missing) > 0 {
		fmt.Fprintf(out, "%s was there already and stays as it is. It lacks: %s\n", path, strings.Join(missing, "  "))
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
