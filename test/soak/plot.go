package main

import (
	"bytes"
	"fmt"
	"math"

	"speckle-runner/internal/figures"
)

// chart is one small plot of lines that share a scale.
type chart struct {
	title string
	lines []measure
}

// charts are what is drawn, two in a row.
func charts() []chart {
	return []chart{
		{"memory, MB", measures[0:2]}, {"how many", measures[2:4]},
		{"ledger with its log, MB", measures[4:5]}, {"files", measures[5:6]},
	}
}

const (
	chartWide, chartHigh = 340, 150 // of the lines alone
	left, top            = 60, 40
	pitchX, pitchY       = chartWide + left + 30, chartHigh + top + 50
)

// style makes it readable on white and on black.
const style = `text{font:12px sans-serif;fill:#333}.t{font-weight:bold}.g{stroke:#ddd}.w{fill:#8882}
.a{stroke:#0b62c4;fill:none;stroke-width:1.5}.b{stroke:#c2570c;fill:none;stroke-width:1.5}
text.a{fill:#0b62c4;stroke:none}text.b{fill:#c2570c;stroke:none}
@media (prefers-color-scheme:dark){text{fill:#ddd}.g{stroke:#444}.a{stroke:#6cb2ff}.b{stroke:#ffa45c}text.a{fill:#6cb2ff}text.b{fill:#ffa45c}}`

// draw gives the picture of a soak as SVG: what was measured over the runs that had
// ended, the warm-up shaded.
func draw(seen []sample) []byte {
	var out bytes.Buffer
	fmt.Fprintf(&out, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" role="img" aria-label="A soak of runner serve"><style>%s</style>`+"\n",
		2*pitchX, 2*pitchY, style)
	for i, c := range charts() {
		fmt.Fprintf(&out, `<g transform="translate(%d %d)">`+"\n", i%2*pitchX+left, i/2*pitchY+top)
		c.draw(&out, seen)
		out.WriteString("</g>\n")
	}
	out.WriteString("</svg>\n")
	return out.Bytes()
}

func (c chart) draw(out *bytes.Buffer, seen []sample) {
	most := 1.0
	for _, s := range seen {
		for _, m := range c.lines {
			most = max(most, m.of(s))
		}
	}
	most, runs := round(most), seen[len(seen)-1].Runs
	fmt.Fprintf(out, `<rect class="w" width="%.0f" height="%d"/>`+"\n", warmUp*chartWide, chartHigh)
	fmt.Fprintf(out, `<text class="t" y="-14">%s</text>`+"\n", c.title)
	for i := range 5 {
		part := float64(i) / 4
		y := chartHigh * (1 - part)
		fmt.Fprintf(out, `<line class="g" x2="%d" y1="%.1f" y2="%.1f"/><text x="-6" y="%.1f" text-anchor="end">%.4g</text>`+"\n", chartWide, y, y,
			y+4, most*part)
	}
	for at, step := 0.0, stride(runs); at <= runs; at += step {
		fmt.Fprintf(out, `<text x="%.1f" y="%d" text-anchor="middle">%s</text>`+"\n", at/runs*chartWide, chartHigh+16, figures.Grouped(int64(at)))
	}
	fmt.Fprintf(out, `<text x="%d" y="%d" text-anchor="middle">runs that have ended</text>`+"\n", chartWide/2, chartHigh+32)
	for i, m := range c.lines {
		class := string(rune('a' + i))
		fmt.Fprintf(out, `<polyline class="%s" points="`, class)
		for _, s := range seen {
			fmt.Fprintf(out, "%.1f,%.1f ", s.Runs/runs*chartWide, chartHigh*(1-m.of(s)/most))
		}
		out.WriteString(`"/>` + "\n")
		if len(c.lines) > 1 { // the title says it of one
			fmt.Fprintf(out, `<text class="%s" x="%d" y="-14" text-anchor="end">%s</text>`+"\n", class, chartWide-90*(len(c.lines)-1-i), m.name)
		}
	}
}

// stride gives round steps of which up to five reach a number of runs.
func stride(runs float64) float64 {
	unit := math.Pow(10, math.Floor(math.Log10(runs)))
	for _, part := range []float64{.2, .25, .5, 1, 2} {
		if step := part * unit; runs/step < 5.5 {
			return step
		}
	}
	return 2.5 * unit
}

// round gives the next number that four parts of an axis divide well.
func round(most float64) float64 {
	unit := math.Pow(10, math.Floor(math.Log10(most)))
	for _, part := range []float64{1, 1.2, 1.6, 2, 2.4, 3, 4, 6, 8} {
		if most <= part*unit {
			return part * unit
		}
	}
	return 10 * unit
}
