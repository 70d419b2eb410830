// Package batch sends the first requests of readers that work side by side as
// one HTTP request: an array of operations, which a Speckle server answers with
// an array, at the cost of one request. Each reader gets its entry of the answer
// as if it had asked alone, so all that judges, counts and tries again stays
// above and knows nothing of it.
//
// A [Group] is all readers of a purpose, a [Lane] those of one request, a [Seat]
// is a reader's place in it. A lane has one request under way: what its readers
// ask later (further pages, tries) goes singly, one after the other.
//
// It never sends a request twice by itself but where a server takes no batches or
// leaves an entry out, never gives one reader's entry to another, never looks
// into an entry, and never holds more of an answer than a window.
package batch
