// Package record reads a run's records from where they were kept: NDJSON, one
// value a line, one record in memory at a time. It finds the columns of a table
// and their types, lays records out in rows, and names what they hold.
//
// It never writes a file, never changes a record, and knows no format.
package record
