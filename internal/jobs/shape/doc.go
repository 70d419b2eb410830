// Package shape is the keys of a job file: structs whose tags say what a key is called,
// means and takes. Reading into them, the JSON Schema and the reference page follow
// from the same tags. It checks a value by itself and which keys go together; what
// one key means for another is the checks' to say. It reads no file.
package shape
