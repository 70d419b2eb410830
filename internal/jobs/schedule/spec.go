// Package schedule turns cron specs into ticks: the UTC instants at which a job
// is due. Timers, the list of coming ticks and the search for missed ones all
// ask the same functions. It is pure: it never reads the clock, the
// environment or a file, and never waits.
//
// Ticks follow the wall clock of a zone. A time of day runs when that clock
// first shows it or passes it, so a time that a clock change skips runs at the
// first instant after the gap (once, however many are in it), and one that
// comes twice runs the first time only. Specs whose hour field begins with "*"
// follow real time instead: they run at every instant at which the clock shows
// a time that matches, and only then. "@every" counts from the Unix epoch, the
// same on every node.
package schedule

import (
	"time"

	"github.com/robfig/cron/v3"
)

// Spec is one parsed schedule, without a zone. Specs of the same text are equal
// with ==. The zero Spec never comes due.
type Spec struct {
	text  string
	rule  cron.SpecSchedule // in UTC, which stands for wall time; unused for @every
	every int64             // seconds; 0 for all but @every
	real  bool              // the hour field begins with "*"
}

// String gives the spec as it was written, with single spaces.
func (s Spec) String() string { return s.text }

// Never tells that the spec has no tick in any year. Parse refuses such specs,
// so it is true of the zero Spec only.
func (s Spec) Never() bool {
	if s.every > 0 {
		return false
	}
	r := s.rule
	if r.Minute == 0 || r.Hour == 0 || r.Dom == 0 || r.Month == 0 || r.Dow == 0 {
		return true
	}
	if !s.daysByDate() {
		return false
	}
	for month := time.January; month <= time.December; month++ {
		if r.Month&(1<<month) != 0 && r.Dom&(1<<(longest(month)+1)-1) != 0 {
			return false
		}
	}
	return true
}

// daysByDate tells that the day of the month alone decides on the day, as
// robfig/cron joins the two day fields: with OR, unless one begins with "*".
func (s Spec) daysByDate() bool { return s.rule.Dow&star != 0 && s.rule.Dom&star == 0 }

// daysByEither tells that a day matches by its date or by its day of the week.
func (s Spec) daysByEither() bool {
	return s.every == 0 && s.rule.Dow&star == 0 && s.rule.Dom&star == 0
}

// star is robfig/cron's mark for a field without limits.
const star = 1 << 63

// longest gives the most days that a month has in any year.
func longest(month time.Month) int {
	return time.Date(2000, month+1, 0, 0, 0, 0, 0, time.UTC).Day()
}

// everyHour tells that the spec is due in each hour and follows real time.
func (s Spec) everyHour() bool { return s.real && s.rule.Hour&star != 0 }
