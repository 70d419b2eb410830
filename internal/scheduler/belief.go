package scheduler

import (
	"fmt"
	"time"

	"speckle-runner/internal/store"
)

const (
	// A clock that jumped is believed when it has stayed so for jumpHold. One that is
	// behind the ledger at the start gets behindHold, until the network is up and has set it.
	jumpHold   = time.Minute
	behindHold = 2 * time.Minute
	// relook is how soon a clock in doubt is looked at again.
	relook = 5 * time.Second
	// jumpAtLeast is the smallest jump; less is the usual correction of clocks. A
	// thousandth of the time since the last look is added.
	jumpAtLeast = 2 * time.Second
	// lookLasts is how long a look at the clock stays good: one is made right before a tick.
	lookLasts = 60 * time.Millisecond
)

// belief is what the scheduler takes for the time: the database's clock, advanced by
// a steady clock between two looks.
type belief struct {
	known bool
	at    time.Time     // the time at the last look that was believed
	mark  time.Duration // the steady clock then

	doubt *doubt
}

// doubt is a clock that was seen to jump, and is watched.
type doubt struct {
	by    time.Duration // how far from the believed time
	since time.Duration // when this jump was seen, by the steady clock
	held  time.Duration // since when nothing is written; earlier than since after several jumps
}

// outlook is what a look at the clock leads to.
type outlook struct {
	// wait says that nothing may be written yet: the clock is in doubt.
	wait bool
	err  error
	// jumped is how far the clock was set, once that is believed.
	jumped time.Duration
	was    time.Time // what was believed when the doubt began
	// held is since when nothing was written because of a doubt that has ended now;
	// zero: there was none.
	held time.Time
	news string // for the log
}

// now is the time, zero before the first look.
func (b *belief) now(steady time.Duration) time.Time {
	if !b.known {
		return time.Time{}
	}
	return b.at.Add(steady - b.mark)
}

// fresh reports whether the database's clock was looked at, and believed, just now.
func (b *belief) fresh(steady time.Duration) bool {
	return b.known && b.doubt == nil && steady-b.mark < lookLasts
}

// look compares the database's clock with what is believed. steady is the steady clock
// when the answer came, asked how long the question took.
func (b *belief) look(c store.Clock, steady, asked time.Duration, notBefore time.Time) outlook {
	if c.Now.Before(notBefore) {
		return outlook{wait: true, err: fmt.Errorf("the clock says %s, which is before this program was made (%s): it has to be set",
			c.Now.Format(time.RFC3339), notBefore.Format(time.RFC3339))}
	}
	if !b.known {
		return b.first(c, steady)
	}
	by := c.Now.Sub(b.now(steady))
	slack := jumpAtLeast + asked + (steady-b.mark)/1000
	if by.Abs() <= slack {
		return b.believe(c.Now, steady, outlook{})
	}
	d := b.doubt
	if d == nil {
		b.doubt = &doubt{by, steady, steady}
		news := fmt.Sprintf("the clock jumped by %s: nothing is due until it has stayed so for %s", by.Round(time.Second), jumpHold)
		return outlook{wait: true, news: news}
	}
	if (by - d.by).Abs() > slack {
		d.by, d.since = by, steady
	}
	if steady-d.since < jumpHold {
		return outlook{wait: true}
	}
	return b.believe(c.Now, steady, outlook{
		jumped: by, was: b.now(d.held), news: fmt.Sprintf("the clock was set by %s", by.Round(time.Second)),
	})
}

// first is the first look: only the newest tick in the ledger can show that the clock is
// behind.
func (b *belief) first(c store.Clock, steady time.Duration) outlook {
	if !c.Now.Before(c.Newest.Add(-jumpAtLeast)) {
		return b.believe(c.Now, steady, outlook{})
	}
	if b.doubt == nil {
		b.doubt = &doubt{0, steady, steady}
	}
	if steady-b.doubt.since < behindHold {
		return outlook{wait: true, err: fmt.Errorf("the clock says %s, but the ledger has a tick of %s: waiting up to %s for the clock to be set",
			c.Now.Format(time.RFC3339), c.Newest.Format(time.RFC3339), behindHold)}
	}
	return b.believe(c.Now, steady, outlook{})
}

func (b *belief) believe(now time.Time, steady time.Duration, o outlook) outlook {
	if b.doubt != nil {
		o.held = now.Add(b.doubt.held - steady)
		if o.news == "" && b.known {
			o.news = "the clock is as it was before"
		}
	}
	*b = belief{known: true, at: now, mark: steady}
	return o
}
