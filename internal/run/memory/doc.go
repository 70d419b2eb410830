// Package memory notes which records a run gave, so that the next run leaves them out.
//
// With a lookback, last_success lies some time before the last good run, so that a
// record which appeared late, with an earlier time, is read. Records that are read
// once more because of that are left out: a run notes the records that it gave, for
// the next run.
//
// A record is noted by a hash of its id and of what was read of it: one that has
// changed since is given again. The hash has 64 bits: among a million noted records, a
// new one is taken for another once in 18 million million.
//
// The package never decides whether a job reads by last_success, and never keeps
// anything itself: the ledger does.
package memory
