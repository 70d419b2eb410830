// Package store keeps the ledger of runs, the queue of due ticks and the
// deliveries that are still owed, in one SQLite file or in PostgreSQL, with the
// same code.
//
// A due tick moves through these states. Every arrow is one transaction; in a SQLite
// file the first two may be one together:
//
//	tick due → scheduled → running → succeeded
//	              │  ↑        ├→ failed        (after its retries)
//	              │  │        ├→ canceled      (replaced, or by hand)
//	              │  └────────┴→ interrupted   (shutdown, crash, lost node): scheduled again, attempt + 1
//	              ├→ skipped   (overlap)
//	              ├→ canceled  (before it ran)
//	              └→ missed    (nothing was up; policy said no; written by Record)
//
// Below it are rooms that don't know it: database opens the two databases, queue
// is the only one that knows River, marks keeps what is out there, history reads,
// retention forgets, slots counts what a process may run at once. The room is larger
// than other rooms, because it holds what one transaction changes together: a claim, an
// end, a lost node or a message writes runs, deliveries and the queue at once, so that
// they never disagree. A node keeps a lease (node_lease), and any living node puts back
// the runs of a node without one. A run belongs to a node, an attempt and a claim;
// what an earlier owner still writes is refused (ErrFenced).
//
// No function of the caller's is called within a transaction: see answers.
//
// The package never holds a secret: texts pass through secret.Mask before they
// are stored, and deliveries name the variables that hold addresses and keys.
// It never decides when a job is due, and never talks to a Speckle server.
package store
