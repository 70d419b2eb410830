package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
)

// report is everything that one run of the bench found out.
type report struct {
	Machine []fact  `json:"machine"`
	Scale   float64 `json:"scale"`
	Lines   []line  `json:"lines"`
}

type fact struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

func (r report) json(w io.Writer) error {
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	return enc.Encode(r)
}

func (r report) table(w io.Writer) error {
	for _, f := range r.Machine {
		fmt.Fprintf(w, "%-9s %s\n", f.Name, f.Value)
	}
	if r.Scale != 1 {
		fmt.Fprintf(w, "%-9s %g of the full size: the targets are meant for 1\n", "scale", r.Scale)
	}
	fmt.Fprintln(w)
	out := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(out, "row\twhat\tours\trival\ttheirs\tours/theirs\ttarget\treached\tnote")
	for _, l := range r.Lines {
		cells := []string{l.Row, l.What, l.Ours.String(), l.Rival, l.Theirs.String(), "-", "-", "-", l.Note}
		if l.Ratio > 0 {
			cells[5] = fmt.Sprintf("%.3g", l.Ratio)
		}
		if l.Target != "" {
			cells[6] = l.Target
		}
		if l.Reached != nil {
			cells[7] = map[bool]string{true: "reached", false: "missed"}[*l.Reached]
		}
		fmt.Fprintln(out, strings.Join(cells, "\t"))
	}
	return out.Flush()
}

// String gives the median with its unit and, of a time, the CPU time: on a
// busy machine that says more.
func (f figure) String() string {
	if f.Value == 0 {
		return "-"
	}
	text := fmt.Sprintf("%.3g %s", f.Value, f.Unit)
	if f.Value >= 100 {
		text = fmt.Sprintf("%.0f %s", f.Value, f.Unit)
	}
	if len(f.Samples) == 0 {
		return text
	}
	switch f.Unit {
	case "s":
		text += fmt.Sprintf(" (cpu %.2g)", median(f.Samples, "", func(s sample) float64 { return s.CPU }).Value)
	case "ms":
		text += fmt.Sprintf(" (cpu %.2g)", median(f.Samples, "", func(s sample) float64 { return s.CPU * 1000 }).Value)
	}
	return text
}
