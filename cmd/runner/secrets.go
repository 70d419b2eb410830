package main

import (
	"net/url"
	"os"

	"speckle-runner/internal/output/blob"
	"speckle-runner/internal/proxy"
	"speckle-runner/internal/secret"
)

// redactor knows the secrets of this process, whatever a job says: those of
// its environment from the start, and those of a run for as long as it lasts.
// Everything that is logged goes through it.
func (s *settings) redactor() *secret.Redactor {
	if s.known != nil {
		return s.known
	}
	s.known = &secret.Redactor{}
	for _, value := range blob.Secrets() {
		s.known.Add(value)
	}
	for _, name := range []string{webTokenVariable, "PGPASSWORD"} {
		s.known.Add(secret.New(os.Getenv(name)))
	}
	for _, value := range proxy.Values() {
		s.addPassword(value)
		s.addPassword("http://" + value) // user:password@host:port
	}
	return s.known
}

// addPassword registers the password of an address, where it has one.
func (s *settings) addPassword(address string) {
	u, err := url.Parse(address)
	if err != nil || u.User == nil {
		return
	}
	if password, set := u.User.Password(); set {
		s.redactor().Add(secret.New(password))
	}
}

// tokenInArguments gives the place, from 1, of the first argument that holds a
// token; 0 is none.
func tokenInArguments(args []string) int {
	for i, arg := range args {
		if len(secret.FindTokens([]byte(arg))) > 0 {
			return i + 1
		}
	}
	return 0
}

// errTokenInArguments says what to do about it: by now others may have read it.
func errTokenInArguments(place int) error {
	return usagef("argument %d holds what looks like a Speckle token, which is refused: command lines are seen by every user of this "+
		"machine, "+
		"and kept in the shell's history. Revoke that token, make a new one, and put it into a variable that token_env names", place)
}
