package main

import (
	"context"
	"fmt"

	"speckle-runner/internal/store"
)

// beginLedger begins to open the database that --database names.
func (s *settings) beginLedger(ctx context.Context, o store.Options) *store.Opening {
	s.redactor().AddPassword(s.database)
	return store.Meanwhile(ctx, func(ctx context.Context) (*store.Store, error) {
		ledger, err := store.Open(ctx, s.database, o)
		if err != nil {
			return nil, fmt.Errorf("--database %s: %w", s.ledgerName().Shown(), err)
		}
		return ledger, nil
	})
}

// openLedger opens it. Ctrl-C ends the wait for one that another program has locked.
func (s *settings) openLedger(ctx context.Context, o store.Options) (*store.Store, error) {
	return s.beginLedger(ctx, o).Wait()
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
