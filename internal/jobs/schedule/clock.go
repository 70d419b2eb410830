package schedule

import (
	"math"
	"time"
)

// clock reads the wall clock of a zone. Instants are Unix seconds; wall times
// are the Unix seconds at which a clock in UTC would show the same.
type clock struct{ zone *time.Location }

// spread is more than any two offsets of a zone lie apart: clocks moved by a
// whole day where the date line was moved, and offsets stay within 16 hours.
const spread = 48 * 3600

func (c clock) location() *time.Location {
	if c.zone == nil {
		return time.UTC
	}
	return c.zone
}

// at gives the offset in force at an instant, and when its period ends: always
// later than the instant. Periods next to each other may have the same offset.
// Only the end is asked for: ZoneBounds' start can lie before the true one, in
// the year of the last change that the zone's table lists.
func (c clock) at(instant int64) (offset, until int64) {
	t := time.Unix(instant, 0).In(c.location())
	_, east := t.Zone()
	_, end := t.ZoneBounds()
	switch {
	case end.IsZero():
		return int64(east), math.MaxInt64
	case end.Unix() <= instant:
		// Go takes each year after the zone's table for 365 days, so on the
		// last day of a leap year the end that it gives is already past.
		return int64(east), t.UTC().Truncate(24*time.Hour).Unix() + 24*3600
	}
	return int64(east), end.Unix()
}

// reached gives the latest wall time that the clock has shown up to an instant.
// It is later than what it shows at the instant while clocks repeat an hour.
func (c clock) reached(instant int64) int64 {
	highest := int64(math.MinInt64)
	offset, until := c.at(instant - spread)
	for until <= instant {
		highest = max(highest, until-1+offset)
		offset, until = c.at(until)
	}
	return max(highest, instant+offset)
}

// reaches gives the first instant at which the clock shows a wall time or a
// later one. The clock must not have reached it by the instant after.
func (c clock) reaches(after, wall int64) int64 {
	offset, until := c.at(after)
	if far := wall - offset - spread; far >= until {
		after = far // skips the periods in which it cannot be
		offset, until = c.at(after)
	}
	for wall-offset >= until {
		after = until
		offset, until = c.at(until)
	}
	return max(after, wall-offset)
}

// change is an instant at which the clock is put forward or back.
type change struct {
	at       int64
	old, new int64 // offsets
}

// missing gives the wall times that a change forward leaves out: those after
// low and before high.
func (c clock) missing(ch change) (low, high int64) {
	return c.reached(ch.at - 1), ch.at + ch.new
}

// changes gives the clock changes after from, up to and including to.
func (c clock) changes(from, to int64) []change {
	var found []change
	offset, until := c.at(from)
	for until <= to {
		old := offset
		at := until
		offset, until = c.at(at)
		if offset != old {
			found = append(found, change{at, old, offset})
		}
	}
	return found
}

// wall gives what the clock shows at an instant.
func (c clock) wall(instant int64) int64 {
	offset, _ := c.at(instant)
	return instant + offset
}

// repeats tells that the clock shows a wall time once more after an instant.
func (c clock) repeats(instant, wall int64) bool {
	_, again := c.again(instant, wall)
	return again
}

// again gives the next instant after one at which clocks that were put back show a
// wall time once more.
func (c clock) again(instant, wall int64) (next int64, comes bool) {
	for _, ch := range c.changes(instant, instant+spread) {
		_, until := c.at(ch.at)
		if ch.at+ch.new <= wall && wall-ch.new < until {
			return wall - ch.new, true
		}
	}
	return 0, false
}

// first gives the instant of a wall time as ticks have it: of two the first, and the
// first after the gap for one that clocks leave out.
func (c clock) first(wall int64) int64 { return c.reaches(wall-spread, wall) }

// last gives the last instant at which the clock shows a wall time.
func (c clock) last(wall int64) int64 {
	instant := c.first(wall)
	for {
		next, comes := c.again(instant, wall)
		if !comes {
			return instant
		}
		instant = next
	}
}
