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

const onlineLong = `Check a job file without the network, and show all problems at once.

--online also asks the server of each enabled job. Is it there, and is its clock
right? Does it accept the token? Does the token have the scopes? Do the project, the
model and other ids in the query or in on_version exist, and may the token see them?
Is the query valid against the server's own schema? If the token may tell: who owns
it, and when does it expire? For a job with elements: do its project, model and
version exist, and is the version a bundle or an object graph? The job's queries are
never sent, and nothing is changed.

Exit codes with --online: 4 for a problem with a token, its owner or its scopes; 3 for a
query that the server would refuse; 1 for a missing id or a server that doesn't answer.`

// onlineJSON reads -o, which goes with --online only.
func (s *settings) onlineJSON(online bool) (bool, error) {
	asJSON, err := s.json()
	if err == nil && asJSON && !online {
		err = usagef("-o json goes with --online")
	}
	return asJSON, err
}
