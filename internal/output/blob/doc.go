// Package blob publishes a run's files as objects in a cloud's storage: S3 and
// what speaks like it, Google Cloud Storage, Azure Blob Storage.
//
// Every file is a whole draft on the local disk before the first object is
// put, and an object is put as one: a reader sees the old one or the new one. A
// put that ends early, by an error or by its context, commits nothing.
//
// It never encodes records, never writes where it wasn't told, removes only
// what the runner wrote and nobody has replaced since, and neither prints nor
// keeps credentials: each cloud's own environment holds them.
package blob
