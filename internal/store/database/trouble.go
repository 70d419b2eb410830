package database

import "errors"

// Trouble says of an error in one way, whoever asks, how the database is, as in "the
// database is held by another program", and what to do.
func (db *DB) Trouble(err error) (is, hint string) {
	switch {
	case errors.Is(err, ErrRefused):
		return "may be read and not written", "give runner's user the right to write it, as the log of `runner serve` says; what is due waits"
	case errors.Is(err, ErrFull):
		return "has no room left", "make room: what is due waits for it"
	case db.sqlite != nil && Busy(err):
		return "is held by another program, or by a slow disk",
			"end what has the file open for so long, such as sqlite3 or a back-up; what is due waits for it"
	case db.postgres != nil && db.postgres.declined(err):
		return "refuses", "see the log of `runner serve`; what is due waits for it"
	}
	return "doesn't answer", "what is due waits for it; see the log of `runner serve`"
}
