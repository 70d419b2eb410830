// Package look asks servers for what a job would meet, outside of any run: its token,
// its scopes, its query, the version that it would read, and which properties the
// elements of that version have. It never sends a job's query, publishes nothing, and
// doesn't know the ledger.
package look
