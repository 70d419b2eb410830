package main

import (
	"context"
	"fmt"

	"speckle-runner/internal/store"
)

// openLedger opens the database that --database names.
func (s *settings) openLedger(ctx context.Context, o store.Options) (*store.Store, error) {
	s.redactor().AddPassword(s.database)
	ledger, err := store.Open(ctx, s.database, o)
	if err != nil {
		return nil, fmt.Errorf("--database %s: %w", s.ledgerName().Shown(), err)
	}
	return ledger, nil
}

// ledgerName is what --database names.
func (s *settings) ledgerName() store.Name { return store.Name(s.database) }

// mustExist refuses a SQLite file that doesn't exist.
func (s *settings) mustExist() error {
	if s.ledgerName().Missing() {
		return usagef("--database %s: there is no such file; run and serve make it, in the folder where they run", s.database)
	}
	return nil
}

// withLedger opens the ledger for one question. It doesn't create one: a wrong path would
// look like an empty ledger.
func (s *settings) withLedger(ctx context.Context, ask func(*store.Store) error) error {
	if err := s.mustExist(); err != nil {
		return err
	}
	ledger, err := s.openLedger(ctx, store.Options{Reads: true})
	if err != nil {
		return err
	}
	defer ledger.Close()
	return ask(ledger)
}
