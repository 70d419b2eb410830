package main

import (
	"database/sql"
	"strconv"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// spoil STATEMENT: writes into the ledger what runner never does.
func spoilLedger(ts *testscript.TestScript, _ bool, args []string) {
	db, err := sql.Open("sqlite", ts.MkAbs(".runner/runner.db"))
	ts.Check(err)
	defer db.Close()
	_, err = db.Exec(args[0])
	ts.Check(err)
}

// age DAYS: makes all that the ledger has so much older.
func ageLedger(ts *testscript.TestScript, _ bool, args []string) {
	days, err := strconv.Atoi(args[0])
	ts.Check(err)
	db, err := sql.Open("sqlite", ts.MkAbs(".runner/runner.db"))
	ts.Check(err)
	defer db.Close()
	back := (time.Duration(days) * 24 * time.Hour).Microseconds()
	for _, statement := range []string{"UPDATE runs SET created_at = created_at - $1", "UPDATE pruned SET at = at - $1",
		"UPDATE token_ends SET ends = ends - $1",
		"UPDATE version_marks SET taken_at = taken_at - $1, looked_at = looked_at - $1 WHERE looked_at > 0",
		"UPDATE version_marks SET failing_since = failing_since - $1 WHERE failing_since > 0"} {
		_, err := db.Exec(statement, back)
		ts.Check(err)
	}
}
