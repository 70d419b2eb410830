// Package outputtest gives tests of the output's rooms records to write, and
// readers that aren't ours to read back what was written.
//
// It is never part of the binary.
package outputtest
