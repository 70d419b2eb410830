// Package compare says what is other in one file of records than in another:
// which records came, which are gone, and which fields of the others differ. It
// keeps a hash of each value while it compares, reads no more than its bounds
// say, and never writes.
package compare
