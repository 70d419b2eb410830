// Package database opens the two databases that the ledger can live in, one
// SQLite file or a PostgreSQL server, and runs transactions on them: statements
// are written once, in the words of a dialect that both understand.
//
// It says what a broken or displaced database means for people. It knows no
// table, and never decides what is written.
package database
