package scheduler

import (
	"fmt"
	"time"

	"speckle-runner/internal/store"
)

const (
	// A clock that was set is believed when it has stayed so for a minute. One
	// that a machine starts with, and that is behind what the ledger holds, gets
	// two: until the network is up and has set it.
	jumpHold   = time.Minute
	behindHold = 2 * time.Minute
	// relook is how soon a clock in doubt is looked at again.
	relook = 5 * time.Second
	// jumpAtLeast is from when on a clock has jumped; less is how clocks are
	// kept right. A thousandth of the time since the last look is added.
	jumpAtLeast = 2 * time.Second
	// lookLasts is for how long a look is good: it is made right before a tick.
	lookLasts = 60 * time.Millisecond
)

// belief is what a scheduler takes for the time: the database's clock, carried
// on by a steady one between two looks.
type belief struct {
	known bool
	at    time.Time     // the time at the last look that was believed
	mark  time.Duration // the steady clock then

	doubt *doubt
}

// doubt is a clock that was seen to jump, and is watched.
type doubt struct {
	by    time.Duration // against what is believed
	since time.Duration // of this jump
	held  time.Duration // since when nothing is written; this jump may not be the first
}

// outlook is what a look at the clock leads to.
type outlook struct {
	// wait says that nothing may be written yet: the clock is in doubt.
	wait bool
	err  error
	// jumped is by how much a clock was set that is believed from now on.
	jumped time.Duration
	was    time.Time // what was believed when the doubt began
	// held is from when on nothing was written for the sake of a doubt that has
	// ended; zero for none.
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

// fresh says that the database's clock was looked at, and believed, just now.
func (b *belief) fresh(steady time.Duration) bool {
	return b.known && b.doubt == nil && steady-b.mark < lookLasts
}

// look takes in what the database's clock says. It was asked for a while, at
// the end of which the steady clock stood as given.
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

// first is a look before anything is believed: only the ledger can tell that
// the clock is behind.
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
