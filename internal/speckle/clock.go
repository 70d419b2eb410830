package speckle

import (
	"fmt"
	"net/http"
	"strings"
	"time"
)

// Clock is what the Date headers of a server's answers show of its clock. They have whole
// seconds, and are written some time between request and answer: a difference that this
// explains doesn't count.
type Clock struct {
	Known bool
	// Ahead is how far the server's clock is ahead of this machine's, at the
	// least; below zero it is behind.
	Ahead time.Duration
}

// clockAt compares one answer's Date with the times of its request and arrival.
func clockAt(sent, answered time.Time, header http.Header) Clock {
	date, err := http.ParseTime(header.Get("Date"))
	if err != nil {
		return Clock{}
	}
	c := Clock{Known: true}
	// Wall clocks are compared, so the monotonic one is left out.
	if early := date.Sub(answered.Round(0)); early > 0 {
		c.Ahead = early
	}
	if late := sent.Round(0).Sub(date.Add(time.Second)); late > 0 {
		c.Ahead = -late
	}
	return c
}

// Join adds what other answers show. The least difference counts, so that one odd answer, or
// a clock that is set in between, doesn't matter.
func (c *Clock) Join(o Clock) {
	if o.Known && (!c.Known || o.Ahead.Abs() < c.Ahead.Abs()) {
		*c = o
	}
}

// clockLimit is how far apart two clocks may be without a warning.
const clockLimit = time.Minute

// Apart says, for people, how far the two clocks are apart; "": that does no harm. With a
// lookback of the job (0: none), half of it is worth a warning, too.
func (c Clock) Apart(lookback time.Duration) string {
	limit := clockLimit
	if lookback > 0 {
		limit = min(limit, lookback/2)
	}
	if c.Ahead.Abs() <= limit {
		return ""
	}
	way, by := "ahead of", c.Ahead
	if by < 0 {
		way, by = "behind", -by
	}
	text := fmt.Sprintf("the server's clock is %s %s this machine's, by the Date of its answers", plainly(by), way)
	switch {
	case lookback > 0 && c.Ahead < -lookback:
		text += fmt.Sprintf(": that is more than lookback, %s, so last_success leaves out what is new", plainly(lookback))
	case lookback > 0:
		text += fmt.Sprintf(": last_success goes by both, and lookback, %s, has to be longer than that", plainly(lookback))
	}
	return text
}

// plainly writes 5m and not 5m0s.
func plainly(d time.Duration) string {
	text := d.Round(time.Second).String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}
