// Package format writes a run's records as files: JSON, NDJSON, CSV, Parquet and
// XLSX, the first three also compressed. One record is in memory at a time, and
// the same records give the same bytes.
//
// It never opens a file: it writes to what it is given, and fails when there
// are fewer or more records than were said.
package format
