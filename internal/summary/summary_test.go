package summary_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"speckle-runner/internal/summary"
)

func quantities() summary.Spec {
	area := []string{"area"}
	return summary.Spec{
		By: []summary.Key{{Name: "level", Path: []string{"level"}}, {Name: "type", Path: []string{"properties", "Type"}}},
		Figures: []summary.Figure{
			{Name: "elements", Kind: summary.Count}, {Name: "area", Kind: summary.Sum, Path: area}, {Name: "least", Kind: summary.Min, Path: area},
			{Name: "most", Kind: summary.Max, Path: area}, {Name: "mean", Kind: summary.Avg, Path: area},
		},
	}
}

func groups(t testing.TB, spec summary.Spec, records ...string) ([]string, error) {
	t.Helper()
	s := summary.New(spec)
	for _, r := range records {
		if err := s.Add([]byte(r)); err != nil {
			return nil, err
		}
	}
	var all []string
	err := s.Each(func(record []byte) error {
		if !json.Valid(record) {
			t.Errorf("no JSON: %s", record)
		}
		all = append(all, string(record))
		return nil
	})
	return all, err
}

func TestGroupsAndFigures(t *testing.T) {
	t.Parallel()
	got, err := groups(t, quantities(),
		`{"level":"L1","properties":{"Type":"A, B"},"area":0.1}`,
		`{"level":null,"area":3}`,
		`{"level":"L1","properties":{"Type":"A, \u0042"},"area":0.2}`,
		`{"area":null,"properties":{}}`,
		`{"level":2,"properties":{"Type":true}}`,
		`{"level":2.0,"properties":{"Type":true},"area":9007199254740993}`,
		`{"level":2e0,"properties":{"Type":true},"area":-1}`)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		`{"level":"L1","type":"A, B","elements":2,"area":0.3,"least":0.1,"most":0.2,"mean":0.15}`,
		`{"level":null,"type":null,"elements":2,"area":3,"least":3,"most":3,"mean":3}`,
		`{"level":2,"type":true,"elements":3,"area":9007199254740992,"least":-1,"most":9007199254740993,"mean":4503599627370496}`,
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestNothingToCountIsNull(t *testing.T) {
	t.Parallel()
	got, err := groups(t, quantities(), `{"level":"L1"}`)
	if want := `{"level":"L1","type":null,"elements":1,"area":null,"least":null,"most":null,"mean":null}`; err != nil || len(got) != 1 ||
		got[0] != want {
		t.Errorf("%v %v", got, err)
	}
	if got, err := groups(t, quantities()); err != nil || len(got) != 0 {
		t.Errorf("without a record: %v %v", got, err)
	}
	all, err := groups(t, summary.Spec{Figures: []summary.Figure{{Name: "n", Kind: summary.Count}}}, `{}`, `{"a":1}`)
	if err != nil || len(all) != 1 || all[0] != `{"n":2}` {
		t.Errorf("all records as one group: %v %v", all, err)
	}
}

func TestWhatCantBeCounted(t *testing.T) {
	t.Parallel()
	for record, want := range map[string]string{
		`{"area":"12"}`:              "on record 2: area is text, not a number",
		`{"area":true}`:              "area is a boolean",
		`{"area":{"value":1}}`:       "area is an object",
		`{"area":1e401}`:             "area is a number larger than any double",
		`{"level":["L1"]}`:           "level is a list, not text, a number, true, false or null",
		`{"properties":{"Type":{}}}`: "properties.Type is an object",
		`7`:                          "on record 2: it is a number, not an object",
		`null`:                       "on record 2: it is null, not an object",
		`{"area":1` + strings.Repeat("0", 900) + `}`: "larger than any double",
	} {
		_, err := groups(t, quantities(), `{"area":1}`, record)
		if _, typed := errors.AsType[*summary.ValueError](err); !typed || !strings.Contains(err.Error(), want) {
			t.Errorf("%.40s: %v, want %s", record, err, want)
		}
	}
}

func TestAGroupHasOneUnit(t *testing.T) {
	t.Parallel()
	spec := quantities()
	spec.Units = true
	got, err := groups(t, spec, `{"level":"L1","area":1,"area_unit":"m2"}`, `{"level":"L1","area":1,"area_unit":"m²"}`,
		`{"level":"L1","area":null,"area_unit":"ft"}`, `{"level":"L2","area":1,"area_unit":"ft2"}`, `{"level":"L3","area":1}`)
	if err != nil {
		t.Errorf("m2 and m² are one, and levels differ: %v", err)
	}
	for _, want := range []string{`"level":"L1"`, `"area":2,"area_unit":"m2"`, `"area":1,"area_unit":"ft2"`, `"area":1,"area_unit":null`} {
		if !strings.Contains(strings.Join(got, "\n"), want) {
			t.Errorf("%s lacks %s", got, want)
		}
	}
	spec.By = append(spec.By, summary.Key{Name: "area_unit", Path: []string{"area_unit"}})
	if got, err := groups(t, spec, `{"area":1,"area_unit":"m2"}`, `{"area":1,"area_unit":"ft2"}`); err != nil || len(got) != 2 ||
		strings.Count(got[0], "area_unit") != 1 {
		t.Errorf("a unit in by is a key of the group anyway: %s, %v", got, err)
	}
	spec.By = spec.By[:2]
	for _, unit := range []string{`"ft2"`, `null`} {
		_, err := groups(t, spec, `{"level":"L1","area":1,"area_unit":"m2"}`, `{"level":"L1","area":1,"area_unit":`+unit+`}`)
		if _, typed := errors.AsType[*summary.UnitsError](err); !typed ||
			!strings.Contains(err.Error(), `area of the group ["L1", null] would mix "m2" and`) {
			t.Errorf("%s: %v", unit, err)
		}
	}
}

func TestTooManyGroups(t *testing.T) {
	t.Parallel()
	s := summary.New(quantities())
	for i := range summary.MaxGroups {
		if err := s.Add(fmt.Appendf(nil, `{"level":%d}`, i)); err != nil {
			t.Fatal(err)
		}
	}
	if _, typed := errors.AsType[*summary.GroupsError](s.Add([]byte(`{"level":"one more"}`))); !typed {
		t.Error("there is no end to groups")
	}
}

// The figures of a group don't hang on the order of its records.
func TestOrderChangesNoFigure(t *testing.T) {
	t.Parallel()
	source := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		var records []string
		for range 1 + source.IntN(40) {
			number := fmt.Sprintf("%de%d", source.IntN(2_000_001)-1_000_000, source.IntN(40)-30)
			records = append(records, fmt.Sprintf(`{"level":"L%d","area":%s}`, source.IntN(4), number))
		}
		first, err := groups(t, quantities(), records...)
		if err != nil {
			t.Fatal(err)
		}
		source.Shuffle(len(records), func(i, j int) { records[i], records[j] = records[j], records[i] })
		again, err := groups(t, quantities(), records...)
		slices.Sort(first)
		slices.Sort(again)
		if err != nil || !slices.Equal(first, again) {
			t.Fatalf("%v\nfirst %v\nagain %v", err, first, again)
		}
	}
}

func FuzzAdd(f *testing.F) {
	f.Add(`{"level":"L1","properties":{"Type":"A"},"area":1.5}`, `{"area":1e-400}`)
	f.Add(`{"level":-0.0,"area":-0}`, `{"level":0,"area":1e308}`)
	f.Add(`[1]`, `{"area":"\ud800"}`)
	f.Fuzz(func(t *testing.T, a, b string) {
		if !json.Valid([]byte(a)) || !json.Valid([]byte(b)) {
			return
		}
		first, err := groups(t, quantities(), a, b, a)
		again, other := groups(t, quantities(), b, a, a)
		slices.Sort(first)
		slices.Sort(again)
		if (err == nil) != (other == nil) || err == nil && !slices.Equal(first, again) {
			t.Errorf("%v %v\n%v %v", first, err, again, other)
		}
	})
}
