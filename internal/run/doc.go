// Package run executes one attempt of a run, from its token to its published
// files and the messages that it owes:
//
//	token → pages → select → spool → checks → files → deliveries
//
// A reader does the first half and hands over an intake: the spool and what is known
// of it. A publisher does the second half; the attempt only calls them in turn. What
// gives records is a source: a query, or the elements of a version.
//
// Data flows that way only. The package never decides when a job is due, never
// keeps a token after the run, never publishes a run that isn't whole, and
// knows no ledger: what it has to remember comes in with the Request, and what
// is worth remembering goes out with the Result.
//
// It is larger than other rooms: a file answers one question of an attempt, such as what
// may be skipped or what was published before. Most are short, and all but the reader
// and the publisher are functions of what they are given.
package run
