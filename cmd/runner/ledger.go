package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"speckle-runner/internal/output/disk"
	"speckle-runner/internal/store"
)

// openLedger opens the database that --database names.
func (s *settings) openLedger(ctx context.Context, o store.Options) (*store.Store, error) {
	s.addPassword(s.database)
	ledger, err := store.Open(ctx, s.database, o)
	if err != nil {
		return nil, fmt.Errorf("--database %s: %w", s.namedDatabase(), err)
	}
	return ledger, nil
}

// namedDatabase names the database without a password that stands in its
// address.
func (s *settings) namedDatabase() string {
	if strings.HasPrefix(s.database, "sqlite:") {
		return s.database
	}
	return "postgres://…"
}

// mustExist refuses to ask a ledger that isn't there.
func (s *settings) mustExist() error {
	file, sqlite := strings.CutPrefix(s.database, "sqlite:")
	if !sqlite {
		return nil
	}
	if _, err := os.Stat(strings.TrimPrefix(file, "//")); errors.Is(err, fs.ErrNotExist) {
		return usagef("--database %s: there is no such file; run and serve make it, in the folder where they run", s.database)
	}
	return nil
}

// ledgerFiles gives the files of an SQLite ledger.
func (s *settings) ledgerFiles() []disk.Guarded {
	file, sqlite := strings.CutPrefix(s.database, "sqlite:")
	if !sqlite {
		return nil
	}
	var own []disk.Guarded
	for _, end := range []string{"", "-wal", "-shm", ".lock"} {
		own = append(own, disk.Guarded{Path: strings.TrimPrefix(file, "//") + end, What: "the ledger's file"})
	}
	return own
}
