// Package mail sends letters: a note as plain text and HTML, with files attached,
// handed to one SMTP server for one receiver. A letter's id stays the same over
// all tries, and what the server has taken is never sent again. The package never
// looks for a receiver's own server, keeps nothing, and decides neither who is
// written to nor when a letter is tried again.
package mail
