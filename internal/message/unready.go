package message

import (
	"errors"
	"time"

	"speckle-runner/internal/output/mail"
)

// Unready remembers which mail servers weren't ready for a letter. Without it, each letter
// to another receiver would wait as long for the same answer.
type Unready map[Mail]unready

type unready struct {
	letter string // id of the letter that met it
	at     time.Time
	err    error
}

// staleAfter is how long that is remembered.
const staleAfter = 30 * time.Second

// server is a receiver's mail server alone.
func (m Mail) server() Mail {
	m.To = ""
	return m
}

// known gives the error that another letter has just met; nil: this one has to try.
func (u Unready) known(m Mail, letter string) error {
	met, is := u[m.server()]
	if !is || met.letter == letter || time.Since(met.at) > staleAfter {
		return nil
	}
	return met.err
}

// learn remembers what a letter met.
func (u Unready) learn(m Mail, letter string, err error) {
	if u == nil {
		return
	}
	if failed, is := errors.AsType[*mail.Error](err); is && failed.Unready {
		u[m.server()] = unready{letter, time.Now(), err}
	} else {
		delete(u, m.server())
	}
}
