// Package preview reads the records of a file that the runner wrote, mostly the
// first ones, as texts for people. It reads no more of a file than it needs, never
// trusts one to be whole, and never writes.
package preview
