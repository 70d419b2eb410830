// Package output turns a run's records into files and messages.
//
// Formats (format*.go, columns*.go): a spool of NDJSON becomes JSON, NDJSON,
// CSV, Parquet or XLSX, one record in memory at a time. Publishing (dir.go, publish*.go): files
// are staged beside their targets and renamed together, through os.Root.
// Webhooks (webhook*.go, preset*.go): signed messages with retries.
//
// It never shows half an export, never writes outside its directory, never
// prints the address or the secret of a webhook, and decides nothing about
// whether a run was good.
package output
