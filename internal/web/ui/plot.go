package ui

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"speckle-runner/internal/figures"
	"speckle-runner/internal/store"
	"speckle-runner/internal/store/history"
)

// plotRuns is how many runs a plot shows.
const plotRuns = 200

// Of a plot: its drawing is stretched to the room that there is, its words
// aren't in it.
const (
	plotWidth  = 1000
	plotHeight = 100
)

// plot is a quantity of a job's runs over time.
type plot struct {
	Title, Newest string
	High, Half    string   // at the axis, whose foot is 0
	Days          []moment // below it, from left to right
	Line          string
	Dots          []dot
	Words         string
}

// dot is a run in a plot, with the strip of it that shows its words.
type dot struct {
	Run, Class, Path, Title string
	From, Width             string
}

// quantity is what a plot shows of a run.
type quantity struct {
	title string
	least float64 // what its words tell apart
	of    func(history.Point) float64
	word  func(float64) string
}

var quantities = []quantity{
	{"Duration", 0.001, func(p history.Point) float64 { return p.Finished.Sub(p.StartedAt).Seconds() },
		func(v float64) string { return figures.Took(time.Duration(v * float64(time.Second))) }},
	{"Records", 1, func(p history.Point) float64 { return float64(p.Records) }, func(v float64) string { return figures.Grouped(int64(v)) }},
	{"Bytes", 1, func(p history.Point) float64 { return float64(p.Bytes) }, func(v float64) string { return figures.Size(int64(v)) }},
}

// plots draws what a job's runs took and gave; nil for fewer than two.
func (v view) plots(points []history.Point) []plot {
	points = slices.DeleteFunc(slices.Clone(points), func(p history.Point) bool {
		return p.StartedAt.IsZero() || p.Finished.IsZero() || p.State != store.Succeeded && p.State != store.Failed
	})
	if len(points) < 2 {
		return nil
	}
	plots := make([]plot, len(quantities))
	for i, q := range quantities {
		plots[i] = v.plot(q, points)
	}
	return plots
}

func (v view) plot(q quantity, points []history.Point) plot {
	good := func(p history.Point) bool { return p.State == store.Succeeded }
	top, newest := 0.0, 0.0
	for _, p := range points {
		if good(p) {
			newest = q.of(p)
			top = max(top, newest)
		}
	}
	top = roundUp(top, q.least)
	first, last := points[0].Tick, points[len(points)-1].Tick
	whole := max(last.Sub(first).Seconds(), 1)
	at := func(p history.Point) float64 { return 6 + (plotWidth-12)*p.Tick.Sub(first).Seconds()/whole }
	drawn := plot{Title: q.title, Newest: q.word(newest), High: q.word(top), Half: q.word(top / 2)}
	var line strings.Builder
	for i, p := range points {
		x, y := at(p), float64(plotHeight-4)
		title := v.at(p.Tick).Text + ": "
		if good(p) {
			y = plotHeight - 4 - (plotHeight-8)*q.of(p)/top
			fmt.Fprintf(&line, "%.1f,%.1f ", x, y)
			title += q.word(q.of(p))
		} else {
			title += "failed: " + firstLine(p.Error)
		}
		from, to := 0.0, float64(plotWidth)
		if i > 0 {
			from = (at(points[i-1]) + x) / 2
		}
		if i < len(points)-1 {
			to = (x + at(points[i+1])) / 2
		}
		drawn.Dots = append(drawn.Dots, dot{
			p.Run, string(p.State), fmt.Sprintf("M%.1f %.1fh0", x, y), title, fmt.Sprintf("%.1f", from), fmt.Sprintf("%.1f", to-from),
		})
	}
	drawn.Line = strings.TrimSpace(line.String())
	layout := "2 Jan"
	if last.Sub(first) < 3*24*time.Hour { // else the three would be told as one day
		layout = "2 Jan 15:04"
	}
	for _, t := range []time.Time{first, first.Add(last.Sub(first) / 2), last} {
		drawn.Days = append(drawn.Days, moment{t.UTC().Format(time.RFC3339), t.In(v.zone).Format(layout)})
	}
	drawn.Words = fmt.Sprintf("%s of the newest %s, from 0 to %s, newest %s", q.title, figures.Count(len(points), "run"), drawn.High,
		drawn.Newest)
	return drawn
}

// roundUp gives the next number that reads well at an axis, and whose half does:
// one that is twice something of what is told apart.
func roundUp(value, least float64) float64 {
	const hair = 1e-9 // what a fraction may be off
	if value <= 0 {
		value = 1
	}
	unit := math.Pow(10, math.Floor(math.Log10(max(value, least))+hair))
	top := 10 * unit
	for _, step := range []float64{1, 2, 3, 4, 5, 6, 8} {
		if value <= step*unit {
			top = step * unit
			break
		}
	}
	return math.Ceil(top/(2*least)-hair) * 2 * least
}
