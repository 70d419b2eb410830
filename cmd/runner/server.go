package main

import (
	"context"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"speckle-runner/internal/door"
	"speckle-runner/internal/remote"
	"speckle-runner/internal/secret"
	"speckle-runner/internal/store"
)

// serverFlags declares the flags of commands that can ask a serve instead of the ledger.
func (s *settings) serverFlags(command *cobra.Command) {
	command.Flags().StringVar(&s.server, "server", "",
		"ask the runner serve at this `URL` instead of the ledger, with the token of RUNNER_WEB_TOKEN")
	command.Flags().BoolVar(&s.allowHTTP, "allow-http", false,
		"ask --server by plain http even on another machine; whoever is in between can read the token")
}

// withDoor opens the ledger, or the client of --server, for one question.
func (s *settings) withDoor(ctx context.Context, ask func(door.Door) error) error {
	if s.server == "" {
		return s.withLedger(ctx, func(ledger *store.Store) error { return ask(ledger) })
	}
	client, err := s.openServer()
	if err != nil {
		return err
	}
	defer client.Close()
	return ask(client)
}

// openServer makes the client of --server. It refuses flags that name a ledger or a job
// file here, and the other local flags of the command.
func (s *settings) openServer(local ...string) (*remote.Client, error) {
	for _, name := range slices.Concat([]string{"file", "database", "output-dir"}, local) {
		if slices.Contains(s.typed, name) {
			return nil, usagef("--%s is for work on this machine, and --server (or RUNNER_SERVER) asks a runner serve, which has "+
				"its own job file and ledger: leave one of them out", name)
		}
	}
	if err := checkProxies(); err != nil {
		return nil, err
	}
	address, err := remote.Parse(s.server, s.allowHTTP)
	if err != nil {
		return nil, usagef("--server: %w", err)
	}
	client, err := remote.New(remote.Options{
		Address: address, Token: secret.New(strings.TrimSpace(os.Getenv(webTokenVariable))), UserAgent: userAgent(), Redactor: s.redactor(),
	})
	if err != nil {
		return nil, usageError{err}
	}
	return client, nil
}
