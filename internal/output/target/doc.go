// Package target says what a place for exports is to who publishes there: files
// below a directory and objects in a bucket are staged, put and settled alike.
//
// It has no code that writes: it never opens a file, never asks a network, and
// knows neither of the two kinds of places.
package target
