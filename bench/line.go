package main

import (
	"fmt"
	"slices"
)

// line is one comparison: ours with one rival.
type line struct {
	Row     string  `json:"row"`
	What    string  `json:"what"`
	Ours    figure  `json:"ours"`
	Rival   string  `json:"rival"`
	Theirs  figure  `json:"theirs"`
	Ratio   float64 `json:"ratio,omitzero"` // ours to theirs
	Target  string  `json:"target,omitempty"`
	Reached *bool   `json:"reached,omitempty"` // absent: no target, or no figure
	Note    string  `json:"note,omitempty"`
}

// figure is a median with all that it was taken from.
type figure struct {
	Value   float64  `json:"value"`
	Unit    string   `json:"unit"` // s, ms, MB, %
	Samples []sample `json:"samples,omitempty"`
}

// sample is one process, with all processes below it.
type sample struct {
	Seconds float64 `json:"seconds"` // start to exit
	CPU     float64 `json:"cpu"`     // user and system
	MB      float64 `json:"mb"`      // peak resident memory of the largest process, 10⁶ bytes; 0: not known here
}

// series is what became of a contestant.
type series struct {
	name    string
	samples []sample
	note    string // why there is nothing, or less
}

func seconds(all []sample) figure {
	return median(all, "s", func(s sample) float64 { return s.Seconds })
}

func milliseconds(all []sample) figure {
	return median(all, "ms", func(s sample) float64 { return s.Seconds * 1000 })
}

func megabytes(all []sample) figure {
	return median(all, "MB", func(s sample) float64 { return s.MB })
}

func median(all []sample, unit string, of func(sample) float64) figure {
	f := figure{Unit: unit, Samples: all}
	if len(all) == 0 {
		return f
	}
	var values []float64
	for _, s := range all {
		values = append(values, of(s))
	}
	slices.Sort(values)
	middle := len(values) / 2
	f.Value = values[middle]
	if len(values)%2 == 0 {
		f.Value = (values[middle-1] + values[middle]) / 2
	}
	return f
}

// compare makes a line without a target.
func compare(what string, ours figure, rival string, theirs figure) line {
	l := line{What: what, Ours: ours, Rival: rival, Theirs: theirs}
	if ours.Value > 0 && theirs.Value > 0 {
		l.Ratio = ours.Value / theirs.Value
	}
	return l
}

// ratioAtMost sets a target: ours at most so many times theirs.
func (l line) ratioAtMost(limit float64, text string) line {
	return l.judge(text, l.Ratio, limit, l.Ratio > 0)
}

// valueAtMost sets a target for ours alone.
func (l line) valueAtMost(limit float64) line {
	return l.judge(fmt.Sprintf("≤ %g %s", limit, l.Ours.Unit), l.Ours.Value, limit, l.Ours.Value > 0)
}

// aboveAtMost sets a target: ours at most so much more than theirs.
func (l line) aboveAtMost(limit float64) line {
	known := l.Ours.Value > 0 && l.Theirs.Value > 0
	return l.judge(fmt.Sprintf("≤ theirs + %g %s", limit, l.Ours.Unit), l.Ours.Value-l.Theirs.Value, limit, known)
}

func (l line) judge(text string, value, limit float64, known bool) line {
	l.Target = text
	if known {
		l.Reached = new(value <= limit)
	}
	return l
}
