// Package sample makes bundles: small ones for tests, large ones by formula, and
// broken ones of each kind that a reader has to find.
//
// The tests, the fake server and the demonstration take their bundles from
// here. It never reads a bundle and no run of a job uses it.
package sample
