// Package memory holds which records a run has told, so that the next one leaves
// them out.
//
// The mark lies some time before the last good run, so that a record which
// appeared late, with an earlier time, is read. What is read once more with it
// is known: a run notes which records it told, and the next one, whose mark it
// is, leaves those out.
//
// A record is known by its id and by what was read of it: one that has changed
// since is news. Sixty-four bits of a hash stand for it: among a million known
// ones, a new record is taken for another once in 18 million million.
//
// The package never decides whether a job goes by the mark, and never keeps
// anything itself: the ledger does.
package memory
