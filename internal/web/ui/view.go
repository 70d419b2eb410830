package ui

import (
	"time"
)

// view is from where a page looks: a moment, and a zone.
type view struct {
	now  time.Time
	zone *time.Location
}

func (v view) at(t time.Time) moment { return at(t, v.now, v.zone) }

// in looks from another zone.
func (v view) in(zone *time.Location) view { return view{v.now, zone} }
