// Package kept holds what a run has read until it is published: a spool of
// records, and the parts and pages that the next attempt needn't read again.
//
// It never publishes anything, and nobody's run fails for what it can't keep but
// for the spool itself.
package kept
