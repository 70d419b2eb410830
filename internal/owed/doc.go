// Package owed has the type of a message on its way: a run makes it, the ledger keeps
// it, and a sender sends it. The package itself does none of that.
package owed
