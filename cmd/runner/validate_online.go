package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"speckle-runner/internal/jobs"
	"speckle-runner/internal/look"
	"speckle-runner/internal/report"
	"speckle-runner/internal/speckle/preflight"
)

// validateOnline asks the server of each enabled job whether the job could run there.
func (s *settings) validateOnline(ctx context.Context, file *jobs.File, asJSON bool) error {
	if err := checkProxies(); err != nil {
		return err
	}
	answers, codes := []*look.Answer{}, []int{}
	for one := range look.Online(ctx, file, look.Options{UserAgent: userAgent(), Redactor: s.redactor()}) {
		if errors.Is(ctx.Err(), context.Canceled) {
			return fmt.Errorf("%w before each job was asked for", context.Canceled)
		}
		answers, codes = append(answers, one), append(codes, onlineCode(one.Report))
		if !asJSON {
			report.Answer(s.out, one, onTerminal(s.out))
		}
	}
	if asJSON {
		if err := json.NewEncoder(s.out).Encode(answers); err != nil {
			return err
		}
	}
	for _, code := range []int{exitToken, exitInvalid, exitFailed} {
		if slices.Contains(codes, code) {
			return codeError(code)
		}
	}
	return nil
}

// onlineCode gives the exit code of one job's findings.
func onlineCode(r *preflight.Report) int {
	switch {
	case r.Bad(preflight.AboutToken, preflight.AboutScopes, preflight.AboutOwner):
		return exitToken
	case r.Bad(preflight.AboutQuery):
		return exitInvalid
	case r.Bad():
		return exitFailed
	}
	return exitOK
}

const onlineLong = `Check a job file: everything that needs no network, all problems at once.

With --online each enabled job's server is asked, too: is it there, is its clock
right, does it take the token, does the token have the scopes, are the project,
the model and so on there that the query or on_version names by their ids, and may the token see
them, is the query valid against the server's own schema; and where the token may
tell, whose it is and when it ends. Of a job with elements: are its project, its
model and a version there, and is that a bundle or an object graph. The job's
queries are never sent, and nothing is changed.

Exit codes of --online: 4 for trouble with a token, its owner or its scopes,
3 for a query that the server would refuse, 1 for a server that doesn't answer
and for an id that isn't there.`

// onlineJSON reads -o, which goes with --online only.
func (s *settings) onlineJSON(online bool) (bool, error) {
	asJSON, err := s.json()
	if err == nil && asJSON && !online {
		err = usagef("-o json goes with --online")
	}
	return asJSON, err
}
