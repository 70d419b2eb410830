// Package disk is a directory that nothing outside can be reached through: its
// files and folders, what is durable in it, the files no output may replace, and
// the hidden room that each process has for what isn't an export.
//
// It knows nothing of runs, records or publications, and never decides what is
// to lie at a path.
package disk
