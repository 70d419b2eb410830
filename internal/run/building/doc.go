// Package building opens the building that a version of a model is: it brings
// the version's data to this machine and gives its elements, whichever way the
// server keeps them.
//
// It chooses no version and makes no record: package version finds the one,
// package elements the other. What it puts on the disk is gone when a building
// is closed, and it never leaves a part of one open.
package building
