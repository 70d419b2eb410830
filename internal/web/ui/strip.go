package ui

import (
	"fmt"
	"slices"
	"strings"

	"speckle-runner/internal/figures"
	"speckle-runner/internal/store"
	"speckle-runner/internal/store/history"
)

// stripRuns is how many runs a strip shows.
const stripRuns = 30

// Of a strip: each run has a cell, with a bar or a mark in it.
const (
	cellWidth   = 7
	stripHeight = 20
)

// strip is a job's newest runs as bars: a good run is short, a failed one tall.
type strip struct {
	Width, Height int
	Cells         []cell
	Words         string // the same for who doesn't see it
}

type cell struct {
	Run, Class, Path, Title string
}

func (v view) strip(points []history.Point) strip {
	points = points[max(0, len(points)-stripRuns):]
	s := strip{Width: stripRuns * cellWidth, Height: stripHeight}
	counts := map[store.State]int64{}
	for i, p := range points {
		x := (stripRuns - len(points) + i) * cellWidth
		title := stateWord(p.State) + ", " + v.at(p.Tick).Text
		if p.State == store.Succeeded {
			title += ", " + figures.Count(p.Records, "record")
		} else if p.Error != "" {
			title += ": " + firstLine(p.Error)
		}
		s.Cells = append(s.Cells, cell{p.Run, string(p.State), shape(p.State, x), title})
		counts[p.State]++
	}
	s.Words = "no runs yet"
	if words := countWords(counts); words != "" {
		s.Words = "the newest " + words
	}
	return s
}

// shape draws a state at a place: colour alone says nothing to many people.
func shape(state store.State, x int) string {
	switch state {
	case store.Succeeded:
		return fmt.Sprintf("M%d 9h5v11h-5z", x)
	case store.Failed:
		return fmt.Sprintf("M%d 0h5v20h-5z", x)
	case store.Interrupted: // tall, with a gap
		return fmt.Sprintf("M%d 0h5v8h-5zM%d 12h5v8h-5z", x, x)
	case store.Missed: // a frame
		return fmt.Sprintf("M%d 9h5v11h-5zM%d 10.5v8h3v-8z", x, x+1)
	case store.Running: // a diamond
		return fmt.Sprintf("M%d.5 9l3 5.5l-3 5.5l-3-5.5z", x+2)
	case store.Canceled: // a dash
		return fmt.Sprintf("M%d 13h5v3h-5z", x)
	}
	return fmt.Sprintf("M%d 17h3v3h-3z", x+1) // skipped, or waiting: a dot
}

// countWords says how many runs there are, and how many of each state; "" for none.
func countWords(counts map[store.State]int64) string {
	all := int64(0)
	var parts []string
	for _, state := range []store.State{store.Succeeded, store.Failed, store.Interrupted, store.Missed, store.Canceled, store.Skipped,
		store.Running, store.Scheduled} {
		if n := counts[state]; n > 0 {
			all += n
			parts = append(parts, figures.Grouped(n)+" "+strings.ToLower(stateWord(state)))
		}
	}
	if all == 0 {
		return ""
	}
	return figures.Count(all, "run") + ": " + strings.Join(parts, ", ")
}

// Of a sparkline.
const (
	sparkWidth  = 90
	sparkHeight = 20
)

// spark is the line of a job's records, run by run; "" for fewer than two.
func spark(points []history.Point) string {
	var values []int64
	for _, p := range points {
		if p.State == store.Succeeded {
			values = append(values, p.Records)
		}
	}
	if len(values) < 2 {
		return ""
	}
	low, top := slices.Min(values), slices.Max(values)
	// A tenth more or less is a slope, one record of a thousand is none.
	reach := max(float64(top-low), float64(top)/10, 1)
	middle := float64(low+top) / 2
	var line strings.Builder
	for i, v := range values {
		x := float64(i) * (sparkWidth - 4) / float64(len(values)-1)
		y := sparkHeight/2 - (sparkHeight-4)*(float64(v)-middle)/reach
		fmt.Fprintf(&line, "%.1f,%.1f ", x+2, y)
	}
	return strings.TrimSpace(line.String())
}

// firstLine is what a list shows of an error.
func firstLine(text string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(text), "\n")
	return line
}
