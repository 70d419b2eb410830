// Package remote asks a `runner serve` over its HTTP API for what commands ask of a
// ledger: runs, and what is done with them. It gives the same types and the same
// refusals as the ledger does, and says in one line what else came and what to do.
//
// The token goes to the address that was given and nowhere else: no redirect is
// followed. The package never opens a ledger, never reads a job file, and prints
// nothing.
package remote
