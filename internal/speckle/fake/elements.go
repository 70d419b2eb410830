package fake

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math"
)

// element is a building element as a connector sends it.
type element struct {
	ID          string     `json:"id"`
	SpeckleType string     `json:"speckle_type"`
	Application string     `json:"applicationId"`
	Name        string     `json:"name"`
	Category    string     `json:"category"`
	Family      *string    `json:"family"`
	Level       string     `json:"level"`
	Units       string     `json:"units"`
	Properties  properties `json:"properties"`
	Children    int        `json:"totalChildrenCount"`
}

type properties struct {
	Mark        string   `json:"mark"`
	Width       *float64 `json:"width"`
	Height      *float64 `json:"height"`
	Length      *float64 `json:"length,omitempty"`
	Area        *float64 `json:"area"`
	Volume      *float64 `json:"volume"`
	FireRating  *string  `json:"fireRating"`
	LoadBearing *bool    `json:"loadBearing,omitempty"`
	Materials   []string `json:"materials"`
	Phase       string   `json:"phaseCreated"`
	Comments    *string  `json:"comments,omitempty"`
}

// kind describes the elements of one category.
type kind struct {
	category, speckleType string
	names, materials      []string
	share                 int // of 100 elements
	linear, bearing       bool
}

var kinds = []kind{
	{"Walls", "Objects.BuiltElements.Wall:Objects.BuiltElements.Revit.RevitWall",
		[]string{"Basic Wall: Internal 125", "Außenwand 365 – Ziegel", "Core Wall 300", "Curtain Wall: Storefront"},
		[]string{"Concrete C30/37", "Gypsum board", "Mineral wool"}, 34, true, true},
	{"Doors", "Objects.BuiltElements.Revit.RevitInstance", []string{"Door 930×2150", "Porte coupe-feu 1000×2150", "Double door 1800×2150"},
		[]string{"Oak veneer", "Steel"}, 16, false, false},
	{"Windows", "Objects.BuiltElements.Revit.RevitInstance",
		[]string{"Fixed 1200×1500", "Tilt & turn 1200×1800", "引き違い窓 1690"}, //nolint:gosmopolitan // families have names in any script
		[]string{"Aluminium", "Glass <low-e>"}, 14, false, false},
	{"Floors", "Objects.BuiltElements.Floor:Objects.BuiltElements.Revit.RevitFloor", []string{"Slab 250", "Screed 65 + slab 250"},
		[]string{"Concrete C30/37", "Screed"}, 8, false, true},
	{"Structural Columns", "Objects.BuiltElements.Column:Objects.BuiltElements.Revit.RevitColumn",
		[]string{"UC 305×305×97", "Stahlbetonstütze 400"}, []string{"S355", "Concrete C40/50"}, 10, true, true},
	{"Rooms", "Objects.BuiltElements.Room", []string{"Office 3.01", "Meeting “Lisboa”", "Lobby", "WC – H/F"}, nil, 8, false, false},
	{"Generic Models", "Objects.Data.DataObject", []string{"Bracket", "=SUM(A1:A9)", "Plinth"}, []string{}, 10, false, false},
}

// elements makes n objects of a level, in no order.
func elements(d *dice, n int, level string) []object {
	out := make([]object, 0, n)
	for i := range n {
		e := d.element(i, level)
		sum := sha256.Sum256(encode(e))
		e.ID = hex.EncodeToString(sum[:16])
		out = append(out, object{
			id: e.ID, kind: e.SpeckleType, application: e.Application, created: d.now.AddDate(0, 0, -1), data: encode(e),
		})
	}
	return out
}

func (d *dice) element(i int, level string) element {
	k := d.kind()
	e := element{
		SpeckleType: k.speckleType, Application: fmt.Sprintf("%08x-%04x-%06d", d.Uint32(), d.Uint32()&0xffff, i),
		Name: pick(d, k.names), Category: k.category, Level: level, Units: "m",
		Properties: properties{Mark: fmt.Sprintf("%s-%04d", k.category[:1], i), Materials: d.materials(k),
			Phase: pick(d, []string{"Existing", "New Construction", ""})},
	}
	if d.IntN(10) > 0 {
		e.Family = new(k.category + " family")
	}
	d.measure(&e.Properties, k)
	switch d.IntN(4) {
	case 0:
		e.Properties.FireRating = new(pick(d, []string{"EI 30", "EI 60", "REI 120"}))
	case 1:
		e.Properties.FireRating = new("")
	}
	if d.IntN(40) == 0 {
		e.Properties.Comments = new("Line one\nline two; \"quoted\", with comma\t– and tab")
	}
	if k.bearing {
		bearing := d.IntN(2) == 0
		e.Properties.LoadBearing = &bearing
	}
	return e
}

func (d *dice) kind() kind {
	at := d.IntN(100)
	for _, k := range kinds {
		if at -= k.share; at < 0 {
			return k
		}
	}
	return kinds[0]
}

func (d *dice) materials(k kind) []string {
	if len(k.materials) == 0 {
		return k.materials // nil and empty both occur
	}
	return k.materials[:1+d.IntN(len(k.materials))]
}

// measure gives an element its sizes. Some of them are missing, as in life.
func (d *dice) measure(p *properties, k kind) {
	if d.IntN(25) == 0 {
		return
	}
	width, height := d.metres(0.1, 3), d.metres(0.2, 4)
	area := round(*width * *height)
	p.Width, p.Height, p.Area = width, height, &area
	if k.linear {
		p.Length = d.metres(0.5, 9)
		volume := round(area * *p.Length)
		p.Volume = &volume
	}
}

func (d *dice) metres(from, to float64) *float64 {
	m := round(from + d.Float64()*(to-from))
	return &m
}

func round(m float64) float64 { return math.Round(m*1e4) / 1e4 }
