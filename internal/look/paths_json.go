package look

import (
	"encoding/json"
	"io"
	"slices"

	"speckle-runner/internal/elements"
	versions "speckle-runner/internal/speckle/version"
)

// shownPath is one path as paths -o json prints it.
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

// WriteJSON writes the paths as paths -o json prints them.
func (p *Paths) WriteJSON(w io.Writer) error {
	all := shownPaths{Project: p.Version.Project, Model: p.Version.Model, Version: p.Version, Kind: p.Version.Kind(), Paths: []shownPath{}}
	for _, one := range p.Paths {
		all.Paths = append(all.Paths, shownPath{one.Name, one.Elements, UnitsOf(one), exampleOf(one.Example)})
	}
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	return encoder.Encode(all)
}

// UnitsOf are the units of a path's values, where they have any.
func UnitsOf(p elements.Path) []string {
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
