package sample

import "fmt"

// How many of each thing a storey of the house has.
const (
	houseRooms = 6
	houseWalls = 8
)

// houseStoreys are the house's levels.
var houseStoreys = []string{"00 Ground floor", "01 First floor", "02 Second floor", "03 Roof"}

// The groups of parameters as Revit has them.
const (
	ofInstance = "properties.Parameters.Instance Parameters."
	ofType     = "properties.Parameters.Type Parameters."
	ofMaterial = "properties.Material Quantities."
)

// The house's types, by number.
const (
	doorEI30 = iota
	doorEI60
	doorEntrance
	wallCore
	wallPartition
	windowFixed
)

// House is a small office building with the categories, types and parameters
// that Revit gives: what the demonstration and the recipes make tables of.
// Its entrance is what a schedule has to show: a door without a fire rating.
func House() Bundle {
	h := house{}
	h.types()
	for storey, name := range houseStoreys {
		h.Node(storey, name)
		h.storey(storey)
	}
	return h.Bundle([]string{"category", "name", "family", "units"})
}

type house struct {
	Tables

	count int
}

// is says what an element is, and where: its number comes back.
func (h *house) is(storey int, category, family, name string) int {
	number := h.count
	h.count++
	h.Object(number, fmt.Sprintf("5f0c8a7e-3b1d-4e62-9a4f-2d7c61e8b0a3-%08x", 0x4e200+number))
	h.Cell(number, "category", category, "")
	h.Cell(number, "name", name, "")
	h.Cell(number, "family", family, "")
	h.Cell(number, "units", "mm", "")
	h.Relation(7, number, storey, 0)
	return number
}

func (h *house) types() {
	for _, t := range []struct {
		number        int
		key, fire     string
		width, height float64
	}{
		{doorEI30, "0915 x 2134mm", "EI 30", 915, 2134},
		{doorEI60, "1010 x 2134mm", "EI 60", 1010, 2134},
		{doorEntrance, "1830 x 2400mm", "", 1830, 2400},
		{windowFixed, "1200 x 1500mm", "", 1200, 1500},
	} {
		h.Type(t.number, t.key)
		h.OfType(t.number, ofType+"Dimensions.Width", t.width, "mm")
		h.OfType(t.number, ofType+"Dimensions.Height", t.height, "mm")
		if t.fire != "" {
			h.OfType(t.number, ofType+"Identity Data.Fire Rating", t.fire, "")
		}
	}
	h.Type(wallCore, "Concrete core 300mm")
	h.OfType(wallCore, ofType+"Construction.Width", 300.0, "mm")
	h.OfType(wallCore, ofType+"Identity Data.Fire Rating", "REI 120", "")
	h.Type(wallPartition, "Partition 125mm")
	h.OfType(wallPartition, ofType+"Construction.Width", 125.0, "mm")
	h.OfType(wallPartition, ofType+"Identity Data.Fire Rating", "", "") // there, and empty
}

// storey builds rooms, walls, what is in the walls, and a slab. The roof is a
// slab alone.
func (h *house) storey(storey int) {
	slab := h.is(storey, "Floors", "Floor", "In-situ slab 250mm")
	h.sized(slab, 200, 50)
	h.of(slab, "Concrete.Concrete C30/37", 200, 50)
	if storey == len(houseStoreys)-1 {
		return
	}
	var rooms, walls []int
	for i := range houseRooms {
		rooms = append(rooms, h.room(storey, i))
	}
	for i := range houseWalls {
		walls = append(walls, h.wall(storey, i))
	}
	if storey == 0 {
		h.opening(h.is(storey, "Doors", "Entrance double", "Entrance double 1830 x 2400mm"), doorEntrance, rooms[0], walls[0])
	}
	for i, room := range rooms {
		h.door(storey, i, room, walls[i])
		h.opening(h.is(storey, "Windows", "Fixed", "Fixed 1200 x 1500mm"), windowFixed, room, walls[i])
	}
}

// sized are the areas and volumes that most things have.
func (h *house) sized(number int, area, volume float64) {
	h.Cell(number, ofInstance+"Dimensions.Area", area, "m²")
	h.Cell(number, ofInstance+"Dimensions.Volume", volume, "m³")
}

// of is what something is made of.
func (h *house) of(number int, material string, area, volume float64) {
	h.Cell(number, ofMaterial+material+".area", area, "m²")
	h.Cell(number, ofMaterial+material+".volume", volume, "m³")
}

func (h *house) room(storey, i int) int {
	uses := []string{"Lobby", "Office", "Office", "Meeting", "Kitchen", "Archive"}
	number := h.is(storey, "Rooms", "", uses[i])
	width := float64(4 + i)
	h.Cell(number, ofInstance+"Identity Data.Number", fmt.Sprintf("%d.%02d", storey, i+1), "")
	h.Cell(number, ofInstance+"Identity Data.Department", []string{"Shared", "Design"}[i%2], "")
	h.sized(number, 5*width, 15*width)
	h.Cell(number, ofInstance+"Dimensions.Perimeter", 2*(5+width), "m")
	if i < 4 { // nobody has said what for the others
		h.Cell(number, ofInstance+"Identity Data.Occupancy", "B", "")
	}
	return number
}

func (h *house) wall(storey, i int) int {
	if i%2 == 0 {
		number := h.is(storey, "Walls", "Basic Wall", "Concrete core 300mm")
		h.IsOf(number, wallCore)
		h.Cell(number, ofInstance+"Dimensions.Length", 8.0, "m")
		h.sized(number, 25, 7.5)
		h.of(number, "Concrete.Concrete C30/37", 25, 7.5)
		return number
	}
	number := h.is(storey, "Walls", "Basic Wall", "Partition 125mm")
	h.IsOf(number, wallPartition)
	h.Cell(number, ofInstance+"Dimensions.Length", 5.0, "m")
	h.sized(number, 16, 2)
	h.of(number, "Gypsum.Gypsum board", 32, 0.5)
	h.of(number, "Insulation.Mineral wool", 16, 1.5)
	return number
}

func (h *house) door(storey, i, room, wall int) {
	kind, name := doorEI30, "0915 x 2134mm"
	if i%3 == 2 {
		kind, name = doorEI60, "1010 x 2134mm"
	}
	number := h.is(storey, "Doors", "Single flush", "Single flush "+name)
	h.Cell(number, ofInstance+"Identity Data.Mark", fmt.Sprintf("D%d%02d", storey, i+1), "")
	h.opening(number, kind, room, wall)
}

// opening puts a door or a window of a type into a room's wall.
func (h *house) opening(number, kind, room, wall int) {
	h.IsOf(number, kind)
	h.Relation(12, number, room, 0)
	h.Relation(22, number, wall, 0)
}
