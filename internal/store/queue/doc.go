// Package queue is the line in which due runs and deliveries wait for a worker,
// on a database that is open already. It is the only room that knows River.
//
// River's rows are written in the ledger's transactions: Add, Again, Hold,
// Release and Drop take one. What River would do by itself the ledger does: its
// fetch goes through a Claimer, who claims runs in the transaction that fetches
// them, its completion does nothing, because the transaction that ended a run
// has dropped its row, and River's leader with its rescuer, scheduler and
// cleaner is off. So queue and ledger can't disagree. On an SQLite file the
// workers are ours, too: fileWorkers says why.
//
// The package never decides whether a run may start, and knows no table but
// River's own.
package queue
