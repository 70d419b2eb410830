// Package split splits records off a JSON text while it arrives: memory holds
// one record, or three windows of a long text, and the rest of the text as a
// skeleton. It takes and refuses what jsontext does, at several times the speed.
//
// It never knows where a text comes from or what its records are, and it never
// decodes a value: what it gives are the text's own bytes, without white space,
// and with U+FFFD for what is no Unicode.
package split
