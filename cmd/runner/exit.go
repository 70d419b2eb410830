package main

import "errors"

// Exit codes are part of the contract: scripts and schedulers act on them.
const (
	exitOK    = 0
	exitUsage = 2 // wrong flags or arguments, unknown command
)

// usageError is a mistake in the command line.
type usageError struct{ error }

// exitCode gives the code of a command's error.
func exitCode(err error) int {
	var usage usageError
	switch {
	case err == nil:
		return exitOK
	case errors.As(err, &usage):
		return exitUsage
	default:
		return exitUsage // what cobra refuses before a command starts
	}
}
