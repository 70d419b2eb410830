// Package summary makes groups of records, with counts, sums, least and
// greatest values and means: quantities a level in one table.
//
// Records go in as JSON, one by one in any order; groups come out as JSON, in
// the order in which they were first seen. It holds its groups and never its
// records, and it never rounds before the end: the figures don't hang on the
// order of the records.
package summary
