// Package store keeps the ledger of runs, the queue of due ticks and the
// deliveries that are still owed, in one SQLite file or in PostgreSQL, with the
// same code.
//
// A due tick moves through these states; every arrow is one transaction:
//
//	tick due → scheduled → running → succeeded
//	              │  ↑        ├→ failed        (after its retries)
//	              │  │        ├→ canceled      (replaced, or by hand)
//	              │  └────────┴→ interrupted   (shutdown, crash, lost node): scheduled again, attempt + 1
//	              ├→ skipped   (overlap)
//	              ├→ canceled  (before it ran)
//	              └→ missed    (nothing was up; policy said no; written by Record)
//
// The queue is River. This package is its only writer: what River calls a state
// change (fetch, completion, rescue) happens here in the transaction that
// changes the ledger, so that the two can never disagree. River's own rescuer,
// scheduler and cleaner are off: a node keeps a lease (node_lease), and any
// living node puts back what a node without one was running. A run belongs to
// (node, attempt); whatever another owner still writes is refused (ErrFenced).
//
// The package never holds a secret: texts pass through secret.Mask before they
// are stored, and deliveries name the variables that hold addresses and keys.
// It never decides when a job is due, and never talks to a Speckle server.
package store
