package graph_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"speckle-runner/internal/elements"
	"speckle-runner/internal/elements/graph"
)

// building is the small one: two doors of one type, one of them on a level, and
// a wall; with what is no element beside.
func building() (root string, lines []string) {
	root = `{"id":"r","speckle_type":"Speckle.Core.Models.Collections.Collection:Speckle.Core.Models.Collections.RootCollection","name":"Small",
	 "properties":{"author":"nobody"},"__closure":{"c":1,"d1":2,"d2":2,"w1":2,"mesh":3,"lv":1,"t1":3,"mp":1},
	 "levelProxies":[{"speckle_type":"Objects.Other.LevelProxy","applicationId":"lp","objects":["d-1"],"value":{"speckle_type":"reference","referencedId":"lv"}}]}`
	lines = []string{
		"r\t" + `{"id":"r","speckle_type":"Speckle.Core.Models.Collections.Collection","name":"Small","properties":{"author":"nobody"}}`,
		"c\t" + `{"id":"c","speckle_type":"Speckle.Core.Models.Collections.Collection","name":"Doors","elements":[{"referencedId":"d1"}]}`,
		"d1\t" + `{"id":"d1","applicationId":"d-1","category":"Doors","name":"Door 01","type":{"speckle_type":"reference","referencedId":"t1"},` +
			`"properties":{"Dimensions":{"Area":{"name":"Area","value":1.89,"units":"m²"}}}}`,
		"d2\t" + `{"id":"d2","applicationId":"d-2","category":"Doors","properties":{"Dimensions":{"Area":{"name":"Area","value":2.1,"units":"m²"}}}}`,
		"w1\t" + `{"id":"w1","applicationId":"w-1","category":"Walls"}`,
		"mesh\t" + `{"id":"mesh","speckle_type":"Objects.Geometry.Mesh","properties":{"x":1}}`,
		"lv\t" + `{"id":"lv","speckle_type":"Objects.Data.DataObject","name":"L1","properties":{"elevation":0}}`,
		"t1\t" + `{"id":"t1","name":"EI30 door","properties":{"Fire Rating":"EI30","Dimensions":{"Area":7}}}`,
		"mp\t" + `{"id":"mp","speckle_type":"Objects.Other.RenderMaterialProxy","properties":{"y":1}}`,
	}
	return root, lines
}

// files writes a graph.
func files(t testing.TB, root string, lines []string) graph.Files {
	t.Helper()
	dir := t.TempDir()
	f := graph.Files{Root: filepath.Join(dir, "root.json"), Objects: filepath.Join(dir, "objects")}
	text := strings.Join(lines, "\n")
	if len(lines) > 0 {
		text += "\n"
	}
	for name, text := range map[string]string{f.Root: root, f.Objects: text} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return f
}

func open(t testing.TB, f graph.Files, warn func(string)) *graph.Graph {
	t.Helper()
	g, err := graph.Open(t.Context(), f, graph.Options{Warn: warn})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { g.Close() })
	return g
}

// told writes all elements of a source, a line each.
func told(t testing.TB, s elements.Source, want func(string) bool) []string {
	t.Helper()
	var out []string
	err := s.Each(t.Context(), want, func(e *elements.Element) error {
		text := fmt.Sprintf("%s|%s|%s|%s|%s|%s|%s|%s|%s|%s", e.ID, e.Name, e.Category, e.Family, e.Type, e.Level, e.Room, e.System, e.Host,
			e.Parent)
		for _, p := range e.Properties {
			text += fmt.Sprintf(" [%s=%s %s%s]", p.Path, value(p.Value), p.Unit, map[elements.Scope]string{elements.Type: " of its type"}[p.Scope])
		}
		out = append(out, text)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func value(v elements.Value) string {
	switch v.Kind {
	case elements.Text:
		return fmt.Sprintf("%q", v.Text)
	case elements.Number:
		return fmt.Sprint(v.Number)
	case elements.Boolean:
		return fmt.Sprint(v.Boolean)
	}
	return "none"
}

func same(t *testing.T, got, want []string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// TestSmallBuilding: folders, meshes, materials and levels are no elements, a
// type's properties are merged, and lines may come in any order.
func TestSmallBuilding(t *testing.T) {
	t.Parallel()
	root, lines := building()
	want := []string{
		`d-1|Door 01|Doors||EI30 door|L1|||| [category="Doors" ] [name="Door 01" ] [properties.Dimensions.Area=1.89 m²] [properties.Fire Rating="EI30"  of its type]`,
		`d-2||Doors||||||| [category="Doors" ] [properties.Dimensions.Area=2.1 m²]`,
		`w-1||Walls||||||| [category="Walls" ]`,
	}
	for range 3 {
		g := open(t, files(t, root, lines), nil)
		if g.Objects() != 9 {
			t.Errorf("%d objects", g.Objects())
		}
		same(t, told(t, g, nil), want)
		paths, err := g.Paths(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, p := range paths {
			names = append(names, fmt.Sprintf("%s %d %v %s", p.Name, p.Elements, p.Units, value(p.Example)))
		}
		same(t, names, []string{`category 3 [] "Doors"`, `name 1 [] "Door 01"`, `properties.Dimensions.Area 2 [m²] 1.89`,
			`properties.Fire Rating 1 [] "EI30"`})
		few := told(t, g, func(path string) bool { return path == "properties.Fire Rating" })
		same(t, few[:1], []string{`d-1|Door 01|Doors||EI30 door|L1|||| [properties.Fire Rating="EI30"  of its type]`})
		slices.Reverse(lines)
		lines = append(lines[3:], lines[:3]...)
	}
}

// one opens a graph of a root and one object below it.
func one(t *testing.T, rootMore, object string, warn func(string)) []string {
	t.Helper()
	root := `{"id":"r","__closure":{"o":1}` + rootMore + `}`
	return told(t, open(t, files(t, root, []string{"r\t{}", "o\t" + object}), warn), nil)
}

// TestFlattening: how what connectors write becomes properties.
func TestFlattening(t *testing.T) {
	t.Parallel()
	const before = `a||||||||| `
	for name, c := range map[string]struct{ properties, want string }{
		"plain": {`{"a":"x","b":1.5,"c":true,"d":null,"e":""}`,
			`[properties.a="x" ] [properties.b=1.5 ] [properties.c=true ] [properties.e="" ]`},
		"measured":       {`{"L":{"name":"Length","value":2,"units":"mm","internalDefinitionName":"LEN"}}`, `[properties.L=2 mm]`},
		"without a unit": {`{"M":{"name":"Mark","value":"D1"},"N":{"name":"Note","value":null}}`, `[properties.M="D1" ]`},
		"holds a value":  {`{"V":{"value":1,"other":2}}`, `[properties.V.value=1 ] [properties.V.other=2 ]`},
		"type parameters": {`{"Parameters":{"Type Parameters":{"W":{"name":"W","value":3,"units":"m"}},"Instance Parameters":{"W":4}}}`,
			`[properties.Parameters.Type Parameters.W=3 m of its type] [properties.Parameters.Instance Parameters.W=4 ]`},
		"plain list":      {`{"materials":["Oak","Steel",3,null],"none":[]}`, `[properties.materials="Oak; Steel; 3" ]`},
		"list of objects": {`{"layers":[{"name":"A","value":1,"units":"mm"},{"t":2}]}`, `[properties.layers.0=1 mm] [properties.layers.1.t=2 ]`},
		"escapes":         {`{"a\u00e9\"":"x\ny\ud83d"}`, `[properties.aé"="x\ny�" ]`},
		"beyond a double": {`{"n":1e999}`, `[properties.n="1e999" ]`},
		"whole and long": {`{"a":9007199254740993,"b":-9007199254740992,"c":123456789012345678,"d":0.12345678901234567890}`,
			`[properties.a="9007199254740993" ] [properties.b=-9.007199254740992e+15 ] [properties.c="123456789012345678" ] ` +
				`[properties.d=0.12345678901234568 ]`},
		"a value and more": {`{"Load":1,"Load.Max":2}`, `[properties.Load=1 ] [properties.Load.Max=2 ]`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			same(t, one(t, "", `{"applicationId":"a","properties":`+c.properties+`}`, nil), []string{before + c.want})
		})
	}
}

func TestPathThatTwoHave(t *testing.T) {
	t.Parallel()
	var warned []string
	same(t, one(t, "", `{"applicationId":"a","properties":{"x":{"y":1},"x.y":2}}`, func(w string) { warned = append(warned, w) }),
		[]string{`a||||||||| [properties.x.y=1 ]`})
	if len(warned) != 1 || !strings.Contains(warned[0], "1 properties have the path of another") {
		t.Error(warned)
	}
}

// TestBelonging: level, room, system, host and parent from fields, references
// and the root's proxies.
func TestBelonging(t *testing.T) {
	t.Parallel()
	root := `{"id":"r","__closure":{"a":1,"b":1,"c":1,"lvl":1,"px":1},
	 "levelProxies":[{"objects":["A","B"],"value":{"name":"L1"}},{"objects":["B"],"value":{"name":"L2"}}],
	 "@roomProxies":[{"speckle_type":"reference","referencedId":"px"}],
	 "systemProxies":[{"objects":["A"],"name":"Supply air"}],"otherProxies":[{"objects":["A"]}]}`
	lines := []string{
		"r\t{}",
		"px\t" + `{"id":"px","speckle_type":"Objects.Other.RoomProxy","objects":["A"],"value":{"applicationId":"room-7"}}`,
		"a\t" + `{"id":"a","applicationId":"A","category":"Walls","elements":[{"referencedId":"b"}]}`,
		"b\t" + `{"id":"b","applicationId":"B","category":"Panels","family":"Glass","type":"Fixed","host":{"referencedId":"a"}}`,
		"c\t" + `{"id":"c","category":"Rooms","level":{"referencedId":"lvl"},"room":"R1","system":{"name":"S"},"host":"A"}`,
		"lvl\t" + `{"id":"lvl","name":"Roof"}`,
	}
	same(t, told(t, open(t, files(t, root, lines), nil), func(string) bool { return false }), []string{
		"A||Walls|||L1|room-7|Supply air||",
		"B||Panels|Glass|Fixed|L1; L2|||A|A",
		"c||Rooms|||Roof|R1|S|A|",
	})
}

// TestElementsOfOlderConnectors: a building whose properties are elsewhere looks as if
// it had none, which is told.
func TestElementsOfOlderConnectors(t *testing.T) {
	t.Parallel()
	const wall = `"speckle_type":"Objects.BuiltElements.Revit.RevitWall","category":"Walls","parameters":{"AREA":{"name":"Area","value":2}}`
	for properties, want := range map[string][]string{
		"":                           {"none of 2 elements has properties: what connectors before 2025 keep elsewhere (parameters) isn't read"},
		`,"properties":{"Mark":"1"}`: nil,
	} {
		var warned []string
		g := open(t, files(t, `{"id":"r","__closure":{"a":1,"b":1}}`, []string{"r\t{}",
			"a\t{" + `"id":"a","applicationId":"A",` + wall + properties + "}", "b\t{" + `"id":"b","applicationId":"B",` + wall + "}"}),
			func(w string) { warned = append(warned, w) })
		told(t, g, nil)
		same(t, warned, want)
	}
}

// TestWithoutNames: what has none, and no id of its program either, is empty; a hash
// is told only where nothing else is an element's id.
func TestWithoutNames(t *testing.T) {
	t.Parallel()
	root := `{"id":"r","__closure":{"a":1,"b":1,"lvl":1,"ty":1},"roomProxies":[{"objects":["A"],"value":{"id":"x1"}}]}`
	lines := []string{"r\t{}", "lvl\t" + `{"id":"lvl"}`, "ty\t" + `{"id":"ty"}`,
		"a\t" + `{"id":"a","applicationId":"A","category":"Walls","level":{"referencedId":"lvl"},"type":{"referencedId":"ty"},"properties":{}}`,
		"b\t" + `{"id":"b","category":"Doors","level":{"referencedId":"gone"},"host":{"referencedId":"a"}}`,
	}
	var warned []string
	g := open(t, files(t, root, lines), func(w string) { warned = append(warned, w) })
	same(t, told(t, g, func(string) bool { return false }), []string{"A||Walls|||||||", "b||Doors||||||A|"})
	same(t, warned, []string{"1 elements have no application id: the id of their object stands for it, which is another when they change"})
}

// TestBroken: what isn't whole is refused, and the error says what and where.
func TestBroken(t *testing.T) {
	t.Parallel()
	root, lines := building()
	lost := strings.Repeat("d1", 16)
	d1 := `{"referencedId":"` + lost + `","speckle_type":"reference"}`
	lacks := "root: it names object " + lost + ", which its closure lacks: the version is incomplete"
	for name, c := range map[string]struct {
		root  string
		lines []string
		want  string
	}{
		"one is missing":            {root, lines[:8], "objects: 8 of 9 objects are there"},
		"one comes twice":           {root, append(slices.Clone(lines), lines[2]), "line 10: object d1 is there twice"},
		"a stranger":                {root, append(slices.Clone(lines), "zz\t{}"), "line 10: object zz is none that the root's closure names"},
		"no tab":                    {root, []string{"d1"}, "line 1: it has no id and tab"},
		"half an object":            {root, []string{"d1\t" + `{"id":"d1","na`}, "line 1: object d1 is no whole JSON object"},
		"two objects":               {root, []string{"d1\t{}{}"}, "line 1: object d1 is no whole JSON object"},
		"no object":                 {root, []string{"d1\t[]"}, "line 1: object d1 is no whole JSON object"},
		"nothing":                   {root, nil, "0 of 9 objects are there"},
		"a root cut off":            {root[:300], lines, "root: it is no whole JSON object"},
		"a root that isn't":         {"[]", lines, "root: it is no whole JSON object"},
		"no id":                     {"{}", lines, "root: it has no id"},
		"named twice":               {`{"id":"r","__closure":{"a":1,"a":2}}`, lines, "root: its closure names object"},
		"no closure, yet elements":  {`{"id":"r","elements":[` + d1 + `]}`, nil, lacks},
		"an empty closure":          {`{"id":"r","__closure":{},"@Walls":{"a":[[` + d1 + `]]}}`, nil, lacks},
		"a closure that is null":    {`{"id":"r","__closure":null,"x":` + d1 + `}`, nil, lacks},
		"a closure that is a list":  {`{"id":"r","__closure":["d1"]}`, nil, "root: its __closure, which has to name all objects, is no object"},
		"a closure that is text":    {`{"id":"r","__closure":"d1"}`, nil, "root: its __closure, which has to name all objects, is no object"},
		"two closures":              {`{"id":"r","__closure":{"a":1},"__closure":{"b":1}}`, nil, "root: its __closure stands there twice"},
		"a level that isn't named":  {`{"id":"r","__closure":{"a":1},"levelProxies":[{"objects":["A"],"value":` + d1 + `}]}`, nil, lacks},
		"proxies that aren't named": {`{"id":"r","__closure":{"a":1},"roomProxies":[` + d1 + `]}`, nil, lacks},
		"some of a folder's parts": {`{"id":"r","__closure":{"c":1,"a":2}}`, []string{"r\t{}", "a\t{}",
			"c\t" + `{"speckle_type":"Collection","elements":[{"referencedId":"a"},` + d1 + `]}`},
			"line 3: object c has the part " + lost + ", which the root's closure lacks: the version is incomplete"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := graph.Open(t.Context(), files(t, c.root, c.lines), graph.Options{})
			if _, typed := errors.AsType[*graph.Error](err); !typed || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v, want %q", err, c.want)
			}
		})
	}
	t.Run("the last line cut off", func(t *testing.T) {
		t.Parallel()
		f := files(t, root, lines)
		if err := os.Truncate(f.Objects, size(t, f.Objects)-1); err != nil {
			t.Fatal(err)
		}
		if _, err := graph.Open(t.Context(), f, graph.Options{}); err == nil || !strings.Contains(err.Error(), "line 9: it is cut off") {
			t.Error(err)
		}
	})
	t.Run("nested without end", func(t *testing.T) {
		t.Parallel()
		deep := strings.Repeat(`{"a":`, 200) + "1" + strings.Repeat("}", 200)
		g := open(t, files(t, `{"id":"r"}`, []string{"r\t" + `{"properties":` + deep + "}"}), nil)
		if _, err := g.Paths(t.Context()); err == nil || !strings.Contains(err.Error(), "nested more than 100 deep") {
			t.Error(err)
		}
	})
	t.Run("stopped", func(t *testing.T) {
		t.Parallel()
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := graph.Open(ctx, files(t, root, lines), graph.Options{}); !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	})
}

func size(t *testing.T, file string) int64 {
	t.Helper()
	info, err := os.Stat(file)
	if err != nil {
		t.Fatal(err)
	}
	return info.Size()
}

// TestRootWithoutObjects: a root alone is whole, and what only looks like a reference
// is none.
func TestRootWithoutObjects(t *testing.T) {
	t.Parallel()
	for _, root := range []string{`{"id":"r"}`, `{"id":"r","__closure":null,"elements":[]}`,
		`{"id":"r","a":{"referencedId":"x","speckle_type":"Link"},"b":{"referencedId":7},"c":["referencedId","x"],"d":{"e":"referencedId"}}`} {
		if got := told(t, open(t, files(t, root, []string{"r\t{}"}), nil), nil); len(got) != 0 {
			t.Error(root, got)
		}
	}
}

// FuzzGraph: whatever the files hold, an error or elements with an id-less
// panic nowhere, and each path of an element once.
func FuzzGraph(f *testing.F) {
	root, lines := building()
	f.Add(root, strings.Join(lines, "\n")+"\n")
	f.Add(`{"id":"r","__closure":{"o":1}}`,
		"r\t{}\no\t"+`{"properties":{"a":[[{"value":1,"name":"x"}]],"a.0":{}},"type":{"properties":{"a":1}}}`+"\n")
	f.Add(`{"id":"r","levelProxies":[null,{"objects":{},"value":[]}]}`,
		"r\t"+`{"category":"x","level":{"level":1},"elements":[{"referencedId":"r"}],"host":{"referencedId":"r"}}`+"\n")
	f.Fuzz(func(t *testing.T, root, objects string) {
		dir := t.TempDir()
		files := graph.Files{Root: filepath.Join(dir, "root"), Objects: filepath.Join(dir, "objects")}
		if os.WriteFile(files.Root, []byte(root), 0o600) != nil || os.WriteFile(files.Objects, []byte(objects), 0o600) != nil {
			t.Fatal("the files can't be written")
		}
		g, err := graph.Open(t.Context(), files, graph.Options{})
		if err != nil {
			return
		}
		defer g.Close()
		paths, err := g.Paths(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		counts := map[string]int64{}
		if err := g.Each(t.Context(), nil, func(e *elements.Element) error {
			seen := map[string]bool{}
			for _, p := range e.Properties {
				if counts[p.Path]++; seen[p.Path] {
					t.Errorf("%q twice", p.Path)
				}
				seen[p.Path] = true
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		for _, p := range paths {
			if counts[p.Name] != p.Elements {
				t.Errorf("%q: %d elements, counted %d", p.Name, p.Elements, counts[p.Name])
			}
		}
	})
}
