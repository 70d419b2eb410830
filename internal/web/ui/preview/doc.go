// Package preview reads the first records of a file that the runner wrote, as a
// table of texts for people. It reads no more of a file than it needs, never
// trusts one to be whole, and never writes.
package preview
