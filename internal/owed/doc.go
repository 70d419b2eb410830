// Package owed has the words for a message on its way, from the run that owes it
// through the ledger to the one who sends it. It neither makes messages nor
// keeps or sends them.
package owed
