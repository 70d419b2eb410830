// Package process is a real runner as the long tests below test/ have it: built as a release
// is, at work in a folder that is theirs, killed, or asked to end. It knows nothing of what a
// runner does, and judges nothing but how one ends.
package process
