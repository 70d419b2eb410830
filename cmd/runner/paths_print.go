package main

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"

	"speckle-runner/internal/elements"
	"speckle-runner/internal/figures"
	"speckle-runner/internal/look"
	"speckle-runner/internal/said"
	versions "speckle-runner/internal/speckle/version"
)

// shownPath is one path as -o json prints it.
type shownPath struct {
	Path     string   `json:"path"`
	Elements int64    `json:"elements"`
	Units    []string `json:"units"`
	Example  any      `json:"example"` // text, a number or a boolean; null where all are empty
}

// shownPaths is all of them, and which version has them.
type shownPaths struct {
	Project string           `json:"project"`
	Model   string           `json:"model"`
	Version versions.Version `json:"version"`
	Kind    versions.Kind    `json:"kind"`
	Paths   []shownPath      `json:"paths"`
}

func printPathsJSON(w io.Writer, p *look.Paths) error {
	all := shownPaths{Project: p.Version.Project, Model: p.Version.Model, Version: p.Version, Kind: p.Version.Kind(), Paths: []shownPath{}}
	for _, one := range p.Paths {
		all.Paths = append(all.Paths, shownPath{one.Name, one.Elements, unitsOf(one), exampleOf(one.Example)})
	}
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	return encoder.Encode(all)
}

// unitsOf are the units of a path's values, where they have any.
func unitsOf(p elements.Path) []string {
	return slices.DeleteFunc(append([]string{}, p.Units...), func(unit string) bool { return unit == "" })
}

// exampleOf is a value as JSON has it.
func exampleOf(v elements.Value) any {
	switch v.Kind {
	case elements.Text:
		return v.Text
	case elements.Number:
		return json.Number(v.String())
	case elements.Boolean:
		return v.Boolean
	default:
		return nil
	}
}

// Bounds on what a line shows: the model's own texts may be whole pages.
const (
	maxShownPath    = 120
	maxShownUnit    = 30
	maxShownExample = 60
)

func printPaths(w io.Writer, p *look.Paths) error {
	fmt.Fprintf(w, "%s\n\n", look.VersionText(&p.Version))
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "PATH\tELEMENTS\tUNIT\tEXAMPLE")
	for _, one := range p.Paths {
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\n", said.Line(one.Name, maxShownPath), figures.Grouped(one.Elements),
			said.Line(strings.Join(unitsOf(one), ", "), maxShownUnit), said.Line(one.Example.String(), maxShownExample))
	}
	return table.Flush()
}
