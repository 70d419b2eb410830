package main

import (
	"speckle-runner/internal/secret"
	"speckle-runner/internal/service"
)

// webTokenVariable holds what the web side asks for.
const webTokenVariable = "RUNNER_WEB_TOKEN"

// redactor knows the secrets of this process, whatever a job says: those of
// its environment from the start, and those of a run for as long as it lasts.
// Everything that is logged goes through it.
func (s *settings) redactor() *secret.Redactor {
	if s.known == nil {
		s.known = service.Secrets(webTokenVariable, "PGPASSWORD")
	}
	return s.known
}

// errTokenInArguments says what to do about a token in a command line: by now others
// may have read it.
func errTokenInArguments(place int) error {
	return usagef("argument %d holds what looks like a Speckle token, which is refused: command lines are seen by every user of this "+
		"machine, "+
		"and kept in the shell's history. Revoke that token, make a new one, and put it into a variable that token_env names", place)
}
