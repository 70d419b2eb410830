package run

import "time"

// rfc3339 writes an instant as messages and warnings have it.
func rfc3339(t time.Time) string { return t.UTC().Format(time.RFC3339Nano) }
