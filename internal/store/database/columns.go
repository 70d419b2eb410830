package database

import (
	"strings"
	"time"

	"speckle-runner/internal/secret"
)

// Canonical makes two equal instants the same key: UTC, whole microseconds,
// which is what PostgreSQL keeps too.
func Canonical(t time.Time) time.Time { return t.UTC().Truncate(time.Microsecond) }

// Micros gives an instant as columns hold it, 0 for none.
func Micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

// FromMicros gives back what Micros made.
func FromMicros(us int64) time.Time {
	if us == 0 {
		return time.Time{}
	}
	return time.UnixMicro(us).UTC()
}

// TimeOrNil is FromMicros for what is null where there is no instant.
func TimeOrNil(us int64) *time.Time {
	if us == 0 {
		return nil
	}
	return new(FromMicros(us))
}

// Clean makes a text storable in both databases and takes tokens out of it.
func Clean(text string) string {
	if strings.ContainsRune(text, 0) {
		text = strings.ReplaceAll(text, "\x00", "")
	}
	return secret.Mask(strings.ToValidUTF8(text, "\uFFFD"))
}
