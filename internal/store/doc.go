// Package store keeps the ledger of runs, the queue of due ticks and the
// deliveries that are still owed, in one SQLite file or in PostgreSQL, with the
// same code.
//
// A due tick moves through these states; every arrow is one transaction, or, on a
// file, the first two are:
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
// retention forgets, slots counts. It is larger than other rooms, because what stays
// here is what one transaction changes together: a claim, an end, a lost node or a
// message writes runs, deliveries and the queue at once, so that they can never
// disagree. A node keeps a lease (node_lease), and any living node puts back what
// a node without one was running. A run belongs to (node, attempt); whatever
// another owner still writes is refused (ErrFenced).
//
// Nobody outside is asked for anything within a transaction: see answers.
//
// The package never holds a secret: texts pass through secret.Mask before they
// are stored, and deliveries name the variables that hold addresses and keys.
// It never decides when a job is due, and never talks to a Speckle server.
package store
