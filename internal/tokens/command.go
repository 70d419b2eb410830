package tokens

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"speckle-runner/internal/pattern"
	"speckle-runner/internal/said"
	"speckle-runner/internal/secret"
)

// Limit is how long a command may take: a secret manager that asks back, or
// whose server is gone, must not keep a run waiting.
const Limit = 10 * time.Second

// limit is Limit, but in tests.
var limit = Limit

const (
	// maxPrinted is how much of an output is read: a byte more than a token may have.
	maxPrinted = 64<<10 + 1
	// maxShown is how many characters of a command's complaint are shown.
	maxShown = 300
	// mostKnown is how many lines of what a command printed are looked for in its complaint,
	// and mostKnownBytes how long they may be together: a token is one short line, and to
	// look for thousands takes longer than the command.
	mostKnown      = 64
	mostKnownBytes = 8 << 10
	// lingering is how long the children of a command that has ended, or was
	// ended, may keep its output open.
	lingering = time.Second
)

// CommandError says that a command gave no token, and what it wrote about that. It
// may pass by itself: a secret manager's server may be away for a while.
type CommandError struct {
	Source secret.Source
	What   string // "ended with exit code 2"
	Wrote  string // on standard error, fit for a person; "" for nothing

	lasts bool // there is no such program, or it may not be run
}

// Is makes a command that can't be run a secret.ErrMissing: that doesn't pass by itself.
func (e *CommandError) Is(target error) bool { return e.lasts && target == secret.ErrMissing }

// Error says which command, how it ended, and what it wrote.
func (e *CommandError) Error() string {
	text := e.Source.String() + " " + e.What
	if e.Wrote != "" {
		text += ": " + e.Wrote
	}
	return text
}

// run runs the source's command, without a shell, and gives what it printed.
func run(ctx context.Context, source secret.Source) (string, error) {
	program, err := find(source)
	if err != nil {
		return "", err
	}
	within, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	reading, stop := context.WithCancel(within)
	defer stop()
	printed, wrote := bounded{most: maxPrinted, full: stop}, bounded{most: said.MaxRaw}
	command := exec.CommandContext(reading, program, source.Command.Words()[1:]...)
	command.Dir, command.Env, command.WaitDelay = source.Dir, environment(), lingering
	command.Stdout, command.Stderr = &printed, &wrote
	apart(command)
	err = command.Run()
	switch {
	case ctx.Err() != nil:
		return "", fmt.Errorf("%s was interrupted: %w", source, context.Cause(ctx))
	case printed.isFull():
		endGroup(command)            // also of a program that has left another one behind
		return printed.String(), nil // which says that it is too long
	case within.Err() != nil:
		return "", failed(source, "took longer than "+limit.String(), &printed, &wrote)
	case err != nil:
		e := failed(source, ending(err), &printed, &wrote)
		e.lasts = cannotRun(err)
		return "", e
	case strings.TrimSpace(printed.String()) == "":
		return "", fmt.Errorf("%w: %w", secret.ErrMissing, failed(source, "printed nothing", &printed, &wrote))
	}
	return printed.String(), nil
}

// failed makes the error of a command. What it wrote may hold what it printed, as
// with a script that shows each of its steps.
func failed(source secret.Source, what string, printed, wrote *bounded) *CommandError {
	e := &CommandError{Source: source, What: what}
	lines := map[string]bool{}
	for line := range strings.Lines(printed.String()) {
		lines[strings.TrimSpace(line)] = true
	}
	if len(wrote.text) == 0 {
		return e
	}
	if len(lines) > mostKnown || len(printed.text) > mostKnownBytes {
		e.Wrote = "what it wrote isn't shown, since it printed much, which may stand there too"
		return e
	}
	var known secret.Redactor
	for line := range lines {
		known.Add(secret.New(line))
	}
	e.Wrote = said.Line(partOfToken().ReplaceAllString(known.Text(wrote.String()), secret.Redacted), maxShown)
	return e
}

// partOfToken finds what may be a part of a token, as of one on two lines: longer than a
// token's public id. A command that failed has often printed nothing to compare it with.
var partOfToken = pattern.New(`[0-9A-Fa-f]{16,}`)

// cannotRun reports whether a command will not run the next time either: this machine says
// so, or a shell by the exit codes that POSIX keeps for that.
func cannotRun(err error) bool {
	if exit, is := errors.AsType[*exec.ExitError](err); is {
		return exit.ExitCode() == 126 || exit.ExitCode() == 127
	}
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission) || errors.Is(err, errNoProgram)
}

// ending says how a command ended.
func ending(err error) string {
	if exit, is := errors.AsType[*exec.ExitError](err); is {
		if code := exit.ExitCode(); code >= 0 {
			return fmt.Sprintf("ended with exit code %d", code)
		}
		return "was ended: " + exit.String()
	}
	if errors.Is(err, exec.ErrWaitDelay) {
		return "left a program behind that keeps its output open"
	}
	return "can't be run: " + said.Line(err.Error(), maxShown)
}

// find gives the path of the source's program. A name is looked for on PATH; one
// with a folder is relative to the job file's, as token_file is.
func find(source secret.Source) (string, error) {
	name := source.Command.Program()
	if !strings.ContainsAny(name, `/\`) {
		path, err := exec.LookPath(name)
		if err != nil {
			return "", fmt.Errorf("%w: %s: there is no such program on PATH here", secret.ErrMissing, source)
		}
		return absolute(source, path)
	}
	if path := filepath.FromSlash(name); filepath.IsAbs(path) {
		name = path
	} else {
		name = filepath.Join(source.Dir, path)
	}
	path, err := absolute(source, name)
	if err != nil {
		return "", err
	}
	if path, err = exec.LookPath(path); err != nil {
		return "", fmt.Errorf("%w: %s: there is no such program, or it may not be run", secret.ErrMissing, source)
	}
	return path, nil
}

// absolute keeps a path the same for a program that starts in another folder.
func absolute(source secret.Source, path string) (string, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return "", fmt.Errorf("%s: %w", source, err)
	}
	return path, nil
}

// bounded keeps the beginning of what is written to it. It has no other way in than Write:
// with a buffer's ReadFrom, all would be read.
type bounded struct {
	text []byte
	most int
	full func() // called once nothing more is kept, and what comes is refused; nil: it is dropped
}

// Write keeps what there is room for.
func (b *bounded) Write(text []byte) (int, error) {
	b.text = append(b.text, text[:min(len(text), b.most-len(b.text))]...)
	if b.full != nil && b.isFull() {
		b.full()
		return 0, io.ErrShortWrite // the pipe is closed
	}
	return len(text), nil // who is cut off ends in error
}

func (b *bounded) isFull() bool   { return len(b.text) >= b.most }
func (b *bounded) String() string { return string(b.text) }
