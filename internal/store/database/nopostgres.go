//go:build nopostgres || demo

package database

import (
	"context"
	"errors"
)

// postgresDB is there in name only: this build has no PostgreSQL in it.
type postgresDB struct {
	Backend
	d *dialect
}

func openPostgres(context.Context, string) (*postgresDB, error) {
	return nil, &NameError{errors.New("this build of runner has no PostgreSQL in it (it was built with the tag nopostgres or demo)")}
}

func (*postgresDB) migrate(context.Context, func(context.Context, Queryer) (bool, error), func(context.Context, Tx) error) error {
	return nil
}

func (*postgresDB) writable(context.Context, []string) error { return nil }

func (*postgresDB) declined(error) bool { return false }

func (*postgresDB) explain(err error) error { return err }

func (*postgresDB) close() {}
