// Package output publishes a run's files: they are staged beside their targets
// (publication.go, staged.go), judged (ready.go, judge.go), renamed together
// (commit.go, put.go), and put back (undo.go) or finished by the next process where
// one was killed (journal.go, recover.go, untold.go). Files that grow (append.go,
// growth.go) are continued whole.
//
// It has more files and lines than other rooms: staging, judging, renaming and putting
// back are one decision, and each reads the journal that another wrote.
//
// The rooms below it, each of which may know those before it: record, format,
// target, address, disk, kept, blob; diff and webhook stand beside.
//
// It never shows half an export, never writes outside its directory, and
// decides nothing about whether a run was good.
package output
