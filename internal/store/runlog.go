package store

import (
	"fmt"
	"unicode/utf8"

	"speckle-runner/internal/said"
	"speckle-runner/internal/store/database"
)

const (
	maxLog   = 64 << 10
	maxError = 8 << 10
)

// shown is a text for people as the ledger keeps it. The caller knows the secrets, and has
// taken them out before this cuts.
func shown(text string, limit int) string { return Bound(said.Escape(database.Clean(text)), limit) }

// Bound cuts the middle out of a text that is longer than limit bytes, and says so: the
// head of a log shows what began, its tail what went wrong.
func Bound(text string, limit int) string {
	if len(text) <= limit {
		return text
	}
	note := fmt.Sprintf("\n… %s left out …\n", said.Count(len(text)-limit, "byte"))
	room := max(0, limit-len(note))
	head, tail := room/2, len(text)-(room-room/2)
	for head > 0 && !utf8.RuneStart(text[head]) {
		head--
	}
	for tail < len(text) && !utf8.RuneStart(text[tail]) {
		tail++
	}
	return text[:head] + note + text[tail:]
}
