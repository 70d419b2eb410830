package message

import (
	"errors"
	"time"

	"speckle-runner/internal/output/mail"
)

// Unready remembers, for one sender of letters, which mail servers were not ready for
// one: the letters to other receivers would each wait as long for the same answer.
type Unready map[Mail]unready

type unready struct {
	letter string // that found it
	at     time.Time
	err    error
}

// staleAfter is when a server is asked again, whoever found it unready.
const staleAfter = 30 * time.Second

// server is a receiver's mail server alone.
func (m Mail) server() Mail {
	m.To = ""
	return m
}

// known gives what another letter has just met; nil where this one has to try.
func (u Unready) known(m Mail, letter string) error {
	met, is := u[m.server()]
	if !is || met.letter == letter || time.Since(met.at) > staleAfter {
		return nil
	}
	return met.err
}

// learn keeps what a letter met.
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
