package main

import (
	"fmt"
	"slices"
)

const (
	warmUp  = 0.2  // share of the runs in which everything may grow
	windows = 10   // into which the rest is cut: what goes up and down counts by its middle
	share   = 0.05 // of its level that a measure may seem to grow over the rest
)

// measure is something that mustn't grow.
type measure struct {
	name  string
	unit  string
	floor float64 // growth that says nothing
	of    func(sample) float64
}

var measures = []measure{
	{"resident memory", "MB", 3, func(s sample) float64 { return s.Resident }},
	{"heap", "MB", 2, func(s sample) float64 { return s.Heap }},
	{"goroutines", "", 4, func(s sample) float64 { return s.Goroutines }},
	{"descriptors", "", 4, func(s sample) float64 { return s.Descriptors }},
	{"ledger", "MB", 0.5, func(s sample) float64 { return s.Ledger }},
	{"files", "", 6, func(s sample) float64 { return s.Files }},
}

// verdict says what became of a measure after the warm-up.
type verdict struct {
	measure

	Level  float64 // its middle
	Growth float64 // from the first window's middle to the last's, along the slope
	Grew   bool
}

// String is a line of the result.
func (v verdict) String() string {
	word := "flat"
	if v.Grew {
		word = "GREW"
	}
	return fmt.Sprintf("%s  %-16s %7.1f %-2s  %+.1f %s (%+.1f %%) after the warm-up", word, v.name, v.Level, v.unit, v.Growth, v.unit,
		100*v.Growth/max(v.Level, 1e-9))
}

// judge looks at everything that was measured.
func judge(seen []sample) []verdict {
	all := make([]verdict, len(measures))
	for i, m := range measures {
		middles := m.middles(seen)
		v := verdict{measure: m, Level: median(middles), Growth: slope(middles) * float64(len(middles)-1)}
		v.Grew = v.Growth > max(share*v.Level, m.floor)
		all[i] = v
	}
	return all
}

// middles gives the middle of each window behind the warm-up.
func (m measure) middles(seen []sample) []float64 {
	last := seen[len(seen)-1].Runs
	cut := make([][]float64, windows)
	for _, s := range seen {
		at := (s.Runs/last - warmUp) / (1 - warmUp) * windows
		if at >= 0 {
			i := min(int(at), windows-1)
			cut[i] = append(cut[i], m.of(s))
		}
	}
	var middles []float64
	for _, values := range cut {
		if len(values) > 0 {
			middles = append(middles, median(values))
		}
	}
	return middles
}

// slope is the middle of the slopes between each two (Theil and Sen): a single window
// that is out of line doesn't change it.
func slope(values []float64) float64 {
	var all []float64
	for i := range values {
		for j := i + 1; j < len(values); j++ {
			all = append(all, (values[j]-values[i])/float64(j-i))
		}
	}
	return median(all)
}

func median(values []float64) float64 {
	if len(values) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(values))
	return (sorted[len(sorted)/2] + sorted[(len(sorted)-1)/2]) / 2
}
