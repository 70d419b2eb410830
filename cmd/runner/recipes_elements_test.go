package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/parquet-go/parquet-go"
)

// What the recipes of elements make of the office, whose sizes are in
// internal/elements/bundle/sample/house.go: three storeys of six rooms and eight
// walls with six doors and six windows, a slab on each level, an entrance.

func quantities(t *testing.T, _ *kitchen, _ []posted) {
	rows := cellsOf(t, one(t, "exports/quantities/*.xlsx"))
	if len(rows) != 1+3*(8+6+6)+4+1 {
		t.Errorf("%d rows", len(rows))
	}
	has(t, rows, "Floors", "Floor", "", "In-situ slab 250mm", "00 Ground floor", "", "", "", "200", "m²", "50", "m³")
	has(t, rows, "Walls", "Basic Wall", "Partition 125mm", "Partition 125mm", "02 Second floor", "", "5", "m", "16", "m²", "2", "m³")
	has(t, rows, "Doors", "Single flush", "0915 x 2134mm", "Single flush 0915 x 2134mm", "01 First floor", "D101")
}

func doorSchedule(t *testing.T, _ *kitchen, _ []posted) {
	book := one(t, "exports/doors/latest.xlsx")
	if book != one(t, "exports/doors/20*.xlsx") {
		t.Error("the latest is another")
	}
	rows := cellsOf(t, book)
	if len(rows) != 1+3*6+1 {
		t.Errorf("%d rows", len(rows))
	}
	has(t, rows, "level", "room", "mark", "family", "type", "fire_rating", "width", "height", "id")
	has(t, rows, "00 Ground floor", "Lobby", "", "Entrance double", "1830 x 2400mm", "", "1830", "2400")
	has(t, rows, "02 Second floor", "Office", "D203", "Single flush", "1010 x 2134mm", "EI 60", "1010", "2134")
}

func materials(t *testing.T, _ *kitchen, _ []posted) {
	const want = "\ufefflevel,group,material,elements,area,volume\n" +
		"00 Ground floor,Concrete,Concrete C30/37,5,300,80\n" +
		"00 Ground floor,Gypsum,Gypsum board,4,128,2\n" +
		"00 Ground floor,Insulation,Mineral wool,4,64,6\n" +
		"01 First floor,Concrete,Concrete C30/37,5,300,80\n" +
		"01 First floor,Gypsum,Gypsum board,4,128,2\n" +
		"01 First floor,Insulation,Mineral wool,4,64,6\n" +
		"02 Second floor,Concrete,Concrete C30/37,5,300,80\n" +
		"02 Second floor,Gypsum,Gypsum board,4,128,2\n" +
		"02 Second floor,Insulation,Mineral wool,4,64,6\n" +
		"03 Roof,Concrete,Concrete C30/37,1,200,50\n"
	is(t, one(t, "exports/materials/*.csv"), want)
}

func completeness(t *testing.T, _ *kitchen, _ []posted) {
	const want = "category,parameter,elements,filled,empty,share\n" +
		"Rooms,number,18,18,0,1\n" +
		"Rooms,occupancy,18,12,6,0.6666666666666666\n" +
		"Walls,fire_rating,24,12,12,0.5\n" +
		"Doors,mark,19,18,1,0.9473684210526315\n" +
		"Doors,fire_rating,19,18,1,0.9473684210526315\n"
	is(t, one(t, "exports/completeness/*.csv"), want)
}

func rooms(t *testing.T, k *kitchen, _ []posted) {
	rows := cellsOf(t, one(t, "exports/rooms/latest.xlsx"))
	if len(rows) != 1+3*6 {
		t.Errorf("%d rows", len(rows))
	}
	has(t, rows, "01 First floor", "1.04", "Meeting", "Design", "B", "35", "24")
	has(t, rows, "02 Second floor", "2.06", "Archive", "Design", "", "45", "28")
	asked := len(k.server.StorageRequests())
	if out, _ := k.do(t, "run", k.job); !strings.Contains(out, "unchanged") || len(k.server.StorageRequests()) != asked {
		t.Errorf("the same version was downloaded again, %d requests were %d:\n%s", len(k.server.StorageRequests()), asked, out)
	}
}

func allDoors(t *testing.T, _ *kitchen, _ []posted) {
	rows := cellsOf(t, one(t, "exports/all-doors/*.xlsx"))
	count := map[string]int{}
	for _, row := range rows[1:] {
		count[row[0]]++
	}
	if len(count) != 5 || count["Architecture"] != 19 || count["Small, a graph"] != 2 || count["Conformance, a bundle"] != 50 {
		t.Errorf("doors by model: %v", count)
	}
	has(t, rows, "Small, a bundle", "L1", "", "", "Single-Flush", "EI30", "d-1")
	has(t, rows, "Architecture", "01 First floor", "Lobby", "D101", "0915 x 2134mm", "EI 30")
}

func propertyTable(t *testing.T, _ *kitchen, _ []posted) {
	table := one(t, "exports/properties/*.parquet")
	file, err := parquet.OpenFile(strings.NewReader(table), int64(len(table)))
	if err != nil {
		t.Fatal(err)
	}
	schema := file.Schema().String()
	for _, column := range []string{
		"night (TIMESTAMP", "version (STRING)", "id (STRING)", "path (STRING)", "text (STRING)", "double number", "boolean boolean",
		"scope (STRING)",
	} {
		if !strings.Contains(schema, column) {
			t.Errorf("no column %s:\n%s", column, schema)
		}
	}
	// Slabs, rooms, core walls, partitions, doors, the entrance, windows.
	const want = 4*8 + 3*(6*9+4) + 12*11 + 12*13 + 18*8 + 6 + 18*6
	if file.NumRows() != want || table != one(t, "exports/properties-latest.parquet") {
		t.Errorf("%d rows, want %d; is the latest the same?", file.NumRows(), want)
	}
}

// readBook prints the cells of a workbook's first sheet.
const readBook = `import io, json, openpyxl, sys
sheet = openpyxl.load_workbook(io.BytesIO(sys.stdin.buffer.read())).worksheets[0]
json.dump([["" if v is None else str(v) for v in row] for row in sheet.iter_rows(values_only=True)], sys.stdout)`

// cellsOf are the rows of a workbook's first sheet, read by another's reader. A library
// would be linked into this binary, and scripts start it hundreds of times as runner.
func cellsOf(t *testing.T, workbook string) [][]string {
	t.Helper()
	command := exec.CommandContext(t.Context(), "/usr/bin/python3", "-c", readBook) // Debian's own, as make needs installs it
	command.Env = append(os.Environ(), "PYTHONUTF8=1")
	command.Stdin = strings.NewReader(workbook)
	text, err := command.Output()
	if err != nil {
		t.Fatalf("read a workbook: %v", err)
	}
	var rows [][]string
	if err := json.Unmarshal(text, &rows); err != nil {
		t.Fatal(err)
	}
	return rows
}

// has wants a row that begins with these cells.
func has(t *testing.T, rows [][]string, cells ...string) {
	t.Helper()
	for _, row := range rows {
		if len(row) >= len(cells) && slices.Equal(row[:len(cells)], cells) {
			return
		}
	}
	t.Errorf("no row %q in\n%q", cells, rows)
}

func is(t *testing.T, got, want string) {
	t.Helper()
	if got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}
