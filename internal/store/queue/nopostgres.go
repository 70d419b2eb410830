//go:build nopostgres || demo

package queue

import "errors"

// onPostgres is never asked: such a build opens no PostgreSQL server.
func onPostgres(*Queue) (engine, error) { return nil, errors.New("built without PostgreSQL") }
