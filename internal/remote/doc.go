// Package remote asks a `runner serve` over its HTTP API what commands else ask the
// ledger: for runs, and for changes of them. It gives the same types and the same
// refusals as the ledger; any other answer is an error of one line that says what came
// and what to do.
//
// The token goes to the address that was given and nowhere else: no redirect is
// followed. The package never opens a ledger, never reads a job file, and prints
// nothing.
package remote
