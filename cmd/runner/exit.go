package main

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"speckle-runner/internal/door"
	"speckle-runner/internal/jobs/document"
	"speckle-runner/internal/proxy"
	"speckle-runner/internal/remote"
	"speckle-runner/internal/run"
	"speckle-runner/internal/secret"
	"speckle-runner/internal/speckle"
	"speckle-runner/internal/store"
)

// Exit codes are part of the contract: scripts and schedulers act on them.
const (
	exitOK          = 0
	exitFailed      = 1   // a run failed
	exitUsage       = 2   // wrong flags or arguments, unknown command or job
	exitInvalid     = 3   // the job file is invalid
	exitToken       = 4   // no token, token refused, or scope missing
	exitDelivery    = 5   // everything was written, a delivery failed
	exitInterrupted = 130 // by a signal
)

// usageError is a mistake in the command line.
type usageError struct{ error }

// usagef makes a usageError.
func usagef(format string, args ...any) error { return usageError{fmt.Errorf(format, args...)} }

// checkProxies refuses variables that name a proxy in a form that can't be read, before
// any request is sent.
func checkProxies() error {
	if err := proxy.Check(); err != nil {
		return usageError{err}
	}
	return nil
}

// notFound makes a usage error of a run that doesn't exist.
func notFound(err error) error {
	if errors.Is(err, store.ErrNotFound) {
		return usagef("%w; runner runs lists the runs in the ledger", err)
	}
	return err
}

// invalidError says that the job file is invalid; its problems are printed
// already.
type invalidError struct{ problems document.Problems }

func (e invalidError) Error() string {
	n := len(e.problems)
	if n == 1 {
		return "the job file has a problem"
	}
	return fmt.Sprintf("the job file has %d problems", n)
}

// codeError ends a command with an exit code, without printing anything more.
type codeError int

func (e codeError) Error() string { return fmt.Sprintf("exit code %d", int(e)) }

// exitCode gives the code of a command's error.
func exitCode(err error) int {
	var (
		usage   usageError
		invalid invalidError
		code    codeError
		words   *door.WordsError
		name    *store.NameError
	)
	switch {
	case err == nil:
		return exitOK
	case errors.As(err, &code):
		return int(code)
	case errors.As(err, &usage), errors.As(err, &words), errors.As(err, &name), errors.Is(err, store.ErrNewer):
		return exitUsage
	case errors.As(err, &invalid):
		return exitInvalid
	case errors.Is(err, context.Canceled):
		return exitInterrupted
	}
	if refused, is := errors.AsType[*remote.Error](err); is && refused.Kind == remote.Refused {
		return exitToken
	}
	return exitFailed
}

// codeOf gives the code of one run's end.
func codeOf(r *run.Result) int {
	if r.State == run.Interrupted {
		return exitInterrupted
	}
	return codeOfError(r.Err)
}

// codeOfError gives the code of an error that ended a run, or a reading.
func codeOfError(err error) int {
	if err == nil {
		return exitOK
	}
	if errors.Is(err, context.Canceled) {
		return exitInterrupted
	}
	if _, missing := errors.AsType[*run.TokenError](err); missing || errors.Is(err, secret.ErrMissing) {
		return exitToken
	}
	if e, ok := errors.AsType[*speckle.Error](err); ok && (e.Kind == speckle.TokenRefused || e.Kind == speckle.ScopeMissing) {
		return exitToken
	}
	return exitFailed
}

// worst gives the code of several runs together: the first of 130, 4, 1, 5.
func worst(codes []int) int {
	for _, code := range []int{exitInterrupted, exitToken, exitFailed, exitDelivery} {
		if slices.Contains(codes, code) {
			return code
		}
	}
	return exitOK
}
