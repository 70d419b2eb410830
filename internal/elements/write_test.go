package elements_test

import (
	"context"
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"speckle-runner/internal/elements"
)

// building is a Source of elements that are there.
type building []elements.Element

func (b building) Paths(ctx context.Context) ([]elements.Path, error) {
	return elements.Gather(ctx, b, nil)
}

func (b building) Each(_ context.Context, _ func(string) bool, do func(*elements.Element) error) error {
	for _, e := range b {
		if err := do(&e); err != nil {
			return err
		}
	}
	return nil
}

func number(path string, n float64, unit string) elements.Property {
	return elements.Property{Path: path, Value: elements.Value{Kind: elements.Number, Number: n}, Unit: unit, Scope: elements.Instance}
}

func text(path, s string) elements.Property {
	return elements.Property{Path: path, Value: elements.Value{Kind: elements.Text, Text: s}, Scope: elements.Instance}
}

func boolean(path string, b bool) elements.Property {
	return elements.Property{Path: path, Value: elements.Value{Kind: elements.Boolean, Boolean: b}, Scope: elements.Instance}
}

func is(name string, values ...elements.Value) elements.Condition {
	return elements.Condition{Name: name, Any: values}
}

var (
	a = elements.Element{ID: "a", Category: "Walls", Level: "L1", Properties: []elements.Property{
		text("category", "Walls"), text("ifcType", "IfcWall"), number("properties.Dimensions.Area", 1.5, "m2"),
		number("properties.Load", 5, "kN"), number("properties.Load.Max", 7, "kN"), text("properties.Mark", "101"),
		boolean("properties.External", true), number("properties.Other.Area", 2, ""),
	}}
	b = elements.Element{ID: "b", Category: "Walls", Properties: []elements.Property{
		number("properties.Dimensions.Area", 2, "m²"), number("properties.Load.Max", 8, "kN"), number("properties.Mark", 7, ""),
		boolean("properties.External", false),
	}}
	all = building{a, b}
)

func written(t *testing.T, src elements.Source, spec elements.Spec) (string, elements.Summary, error) {
	t.Helper()
	var out []string
	sum, err := elements.Write(t.Context(), src, spec, func(r []byte) error {
		out = append(out, string(r))
		return nil
	})
	return strings.Join(out, "\n"), sum, err
}

func TestAPathIsMeantExactlyOrByItsEnding(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ path, want string }{
		{"properties.Dimensions.Area", `"x":1.5`}, {"Dimensions.Area", `"x":1.5`}, {"Load", `"x":5`},
		{"Max", `"x":7`}, {"ifcType", `"x":"IfcWall"`}, {"Load.Max", `"x":7`},
	} {
		got, _, err := written(t, building{a}, elements.Spec{Properties: []elements.Named{{Name: "x", Path: test.path}}})
		if err != nil || !strings.Contains(got, test.want) {
			t.Errorf("%s: %s, %v", test.path, got, err)
		}
	}
}

// A property that only elements have that where leaves out is no misspelt one, and its column is empty all the same.
func TestAColumnWithoutAnyValueIsTold(t *testing.T) {
	t.Parallel()
	src := append(building{{ID: "c", Category: "Doors", Properties: []elements.Property{text("properties.Mark", "D1")}}}, all...)
	doors := []elements.Condition{is("category", elements.Value{Kind: elements.Text, Text: "Doors"})}
	for _, c := range []struct {
		where    []elements.Condition
		optional bool
		want     string
	}{
		{
			doors, false,
			"none of 1 element has a value for what other elements of the version have: area (Dimensions.Area); optional: true allows that",
		},
		{doors, true, ""}, {nil, false, ""},
	} {
		_, sum, err := written(t, src, elements.Spec{Where: c.where, Units: true, Properties: []elements.Named{
			{Name: "mark", Path: "Mark"}, {Name: "area", Path: "Dimensions.Area", Optional: c.optional}}})
		told := strings.Join(sum.Warnings, "|")
		if err != nil || !strings.Contains(told, c.want) || c.want == "" && strings.Contains(told, "none of") {
			t.Errorf("%v %q, want %q", err, told, c.want)
		}
	}
}

func TestAPathThatIsNoneOrSeveralFailsTheRun(t *testing.T) {
	t.Parallel()
	_, _, err := written(t, all, elements.Spec{Properties: []elements.Named{{Name: "x", Path: "Area"}}})
	var several *elements.AmbiguousError
	if !errors.As(err, &several) || !slices.Equal(several.Candidates, []string{"properties.Dimensions.Area", "properties.Other.Area"}) {
		t.Errorf("got %v", err)
	}
	_, _, err = written(t, all, elements.Spec{Properties: []elements.Named{{Name: "x", Path: "dimension.area"}}})
	var unknown *elements.UnknownPathError
	if !errors.As(err, &unknown) || !slices.Equal(unknown.Nearest, []string{"properties.Dimensions.Area"}) {
		t.Errorf("got %v", err)
	}
	got, _, err := written(t, building{a}, elements.Spec{Properties: []elements.Named{{Name: "x", Path: "Nothing", Optional: true}}})
	if err != nil || !strings.HasSuffix(got, `"x":null}`) {
		t.Errorf("optional: %s, %v", got, err)
	}
	// It is judged before where: what only another element has is known.
	got, _, err = written(t, all, elements.Spec{Where: []elements.Condition{is("id", elements.Value{Kind: elements.Text, Text: "b"})},
		Properties: []elements.Named{{Name: "x", Path: "Load"}}})
	if err != nil || !strings.HasSuffix(got, `"x":null}`) {
		t.Errorf("of another element: %s, %v", got, err)
	}
}

func TestWhereIsEqualToOneOfItsValues(t *testing.T) {
	t.Parallel()
	txt := func(s string) elements.Value { return elements.Value{Kind: elements.Text, Text: s} }
	num := func(n float64) elements.Value { return elements.Value{Kind: elements.Number, Number: n} }
	yes := elements.Value{Kind: elements.Boolean, Boolean: true}
	for _, test := range []struct {
		name  string
		where []elements.Condition
		want  int64
	}{
		{"field", []elements.Condition{is("category", txt("Walls"))}, 2},
		{"any of", []elements.Condition{is("id", txt("x"), txt("b"))}, 1},
		{"all of", []elements.Condition{is("category", txt("Walls")), is("level", txt("L1"))}, 1},
		{"number", []elements.Condition{is("Dimensions.Area", num(2.0))}, 1},
		{"boolean", []elements.Condition{is("External", yes)}, 1},
		{"number as text", []elements.Condition{is("Mark", num(101), num(7))}, 2},
	} {
		_, sum, err := written(t, all, elements.Spec{Where: test.where, Units: true})
		if err != nil || sum.Matched != test.want || sum.Elements != 2 {
			t.Errorf("%s: %+v, %v", test.name, sum, err)
		}
	}
	none := elements.Spec{Where: []elements.Condition{is("category", txt("Doors"))}}
	_, _, err := written(t, all, none)
	if _, ok := errors.AsType[*elements.NoMatchError](err); !ok {
		t.Errorf("nothing matches: %v", err)
	}
	for _, test := range []struct {
		where elements.Condition
		want  string
	}{
		{is("category", txt("walls"), txt("Wals")), "; similar: Walls: allow"}, {is("Mark", txt("102")), "; similar: 101: allow"},
		{is("category", txt("Doors")), "Doors): allow"}, {is("External", txt("yes")), "yes): allow"},
	} {
		_, _, err := written(t, all, elements.Spec{Where: []elements.Condition{test.where}})
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%v, want %q", err, test.want)
		}
	}
	none.AllowEmpty = true
	if _, sum, err := written(t, all, none); err != nil || sum.Records != 0 {
		t.Errorf("allowed: %+v, %v", sum, err)
	}
}

func TestUnitsOfAColumnAreOne(t *testing.T) {
	t.Parallel()
	area := elements.Named{Name: "area", Path: "Dimensions.Area"}
	if _, _, err := written(t, all, elements.Spec{Properties: []elements.Named{area}}); err != nil {
		t.Errorf("m2 and m² are one: %v", err)
	}
	bare := building{a, {ID: "c", Properties: []elements.Property{number("properties.Dimensions.Area", 3, "")}}}
	_, _, err := written(t, bare, elements.Spec{Properties: []elements.Named{area}})
	var differ *elements.UnitsError
	if !errors.As(err, &differ) || differ.Columns[0].Column != "area" || !slices.Equal(differ.Columns[0].Units, []string{"m2", ""}) {
		t.Errorf("got %v", err)
	}
	got, sum, err := written(t, bare, elements.Spec{Properties: []elements.Named{area}, Units: true})
	if err != nil || !strings.Contains(got, `"area":1.5,"area_unit":"m2"}`) || !strings.HasSuffix(got, `"area":3,"area_unit":null}`) {
		t.Errorf("%s, %v", got, err)
	}
	if last := sum.Columns[len(sum.Columns)-2:]; last[0] != (elements.Column{Name: "area", Kind: elements.Number}) ||
		last[1].Name != "area_unit" {
		t.Errorf("columns %v", last)
	}
}

// TestTextAmongNumbersIsNoUnit: it differs in kind; between texts, a unit still does.
func TestTextAmongNumbersIsNoUnit(t *testing.T) {
	t.Parallel()
	area := elements.Spec{Properties: []elements.Named{{Name: "area", Path: "Dimensions.Area"}}}
	_, sum, err := written(t, building{a, {ID: "c", Properties: []elements.Property{text("properties.Dimensions.Area", "big")}},
		{Properties: []elements.Property{boolean("properties.Dimensions.Area", true)}}}, area)
	want := []string{"1 element came without an id: whether they are there twice can't be told",
		"values of one column differ in kind, and are text where a column has one type: area"}
	if err != nil || !slices.Equal(sum.Warnings, want) {
		t.Errorf("%q, %v", sum.Warnings, err)
	}
	feet := text("properties.Dimensions.Area", "2")
	feet.Unit = "ft²"
	if _, _, err := written(t, building{a, {ID: "c", Properties: []elements.Property{feet}}}, area); err == nil {
		t.Error("feet among metres")
	}
}

func TestAValueThatGoesOnKeepsBoth(t *testing.T) {
	t.Parallel()
	got, _, err := written(t, all, elements.Spec{Units: true})
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(got, "\n")
	want := `"properties":{"ifcType":"IfcWall","Dimensions":{"Area":1.5,"Area_unit":"m2"},"Load":5,"Load_unit":"kN",` +
		`"Load.Max":7,"Load.Max_unit":"kN","Mark":"101","External":true,"Other":{"Area":2}}}`
	if !strings.HasSuffix(lines[0], want) {
		t.Errorf("got %s", lines[0])
	}
	if !strings.Contains(lines[1], `"Load.Max":8`) {
		t.Errorf("the shape is that of the version, not of the record: %s", lines[1])
	}
}

func TestOddValuesAreTold(t *testing.T) {
	t.Parallel()
	odd := building{
		{ID: "1", Properties: []elements.Property{number("properties.X", math.NaN(), "")}},
		{ID: "2", Properties: []elements.Property{text("properties.X", "bad\xff\x01\"")}},
		{ID: "3", Properties: []elements.Property{number("properties.X", 1e300, "")}},
	}
	got, sum, err := written(t, odd, elements.Spec{Properties: []elements.Named{{Name: "x", Path: "X"}}})
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`"x":null}`, `"x":"bad` + "\uFFFD" + `\u0001\""}`, `"x":1e+300}`} {
		if !strings.Contains(got, want) {
			t.Errorf("no %s in %s", want, got)
		}
	}
	if len(sum.Warnings) != 2 || sum.Columns[len(sum.Columns)-1].Kind != elements.Text {
		t.Errorf("%+v", sum)
	}
}

func TestWhatASpecCanNotMean(t *testing.T) {
	t.Parallel()
	bad := elements.Spec{
		Properties: []elements.Named{
			{Name: "level", Path: "x"}, {Name: "", Path: "x"}, {Name: "a", Path: ""}, {Name: "b", Path: "x"}, {Name: "b", Path: "y"},
			{Name: "c_unit", Path: "x"}, {Name: "c", Path: "x"},
		},
		Where: []elements.Condition{is("category"), is(""), {Name: "x", Any: []elements.Value{{}}}}, Rows: "columns", Units: true,
	}
	if got := bad.Problems(); len(got) != 9 {
		t.Errorf("%d problems: %q", len(got), got)
	}
	if got := (elements.Spec{AllowEmpty: true}).Problems(); len(got) != 0 {
		t.Errorf("%q", got)
	}
}

// TestAUnitWithoutAPlaceIsTold: the key that would hold it is another property's.
func TestAUnitWithoutAPlaceIsTold(t *testing.T) {
	t.Parallel()
	src := building{{ID: "a", Properties: []elements.Property{
		number("properties.Area", 1, "m2"), text("properties.Area_unit", "net"), number("properties.Length", 2, "m"),
	}}}
	got, sum, err := written(t, src, elements.Spec{Units: true})
	if err != nil || !strings.Contains(got, `"properties":{"Area":1,"Area_unit":"net","Length":2,"Length_unit":"m"}`) {
		t.Errorf("%s, %v", got, err)
	}
	want := "properties.Area: 1 value came without a unit: another property is called properties.Area_unit"
	if !slices.Equal(sum.Warnings, []string{want}) {
		t.Errorf("%q", sum.Warnings)
	}
}

// TestElementsWithoutAnythingAreTold: rows of nothing but ids are hardly what is there.
func TestElementsWithoutAnythingAreTold(t *testing.T) {
	t.Parallel()
	_, sum, err := written(t, building{{ID: "a"}, {ID: "b"}}, elements.Spec{})
	if err != nil || !slices.Equal(sum.Warnings, []string{"none of 2 elements has a property, not even a category"}) {
		t.Errorf("%q, %v", sum.Warnings, err)
	}
}
