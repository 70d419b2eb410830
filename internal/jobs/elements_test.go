package jobs_test

import (
	"strings"
	"testing"

	"speckle-runner/internal/elements"
	"speckle-runner/internal/jobs"
)

func TestElementsArrive(t *testing.T) {
	file := good(t, "testdata/good/elements.yaml")
	doors := file.Job("doors")
	e := doors.Elements
	equal(t, "no query", doors.Query == nil, true)
	equal(t, "ids", said(e.Project.Text(), e.Model.Text(), e.Version.IsZero()), "236d44f972 a6d20f8b31 true")
	equal(t, "where", said(e.Where, e.AllowEmpty),
		"[{category [Doors Windows]} {IsExternal [true]} {Dimensions.Width [0.9]}] true")
	for i, kind := range []elements.Kind{elements.Text, elements.Boolean, elements.Number} {
		equal(t, e.Where[i].Name+" is of a kind", e.Where[i].Any[0].Kind, kind)
	}
	equal(t, "properties", said(e.Properties, e.Units, e.Rows), "[{fire Fire Rating true} {area Dimensions.Area false}] true elements")
	equal(t, "needs", doors.Needs().Scopes, []string{"streams:read"})
	equal(t, "nothing is softly null", len(doors.Needs().Soft), 0)

	all := file.Job("all-models").Elements
	equal(t, "of each model", said(all.Model.Text(), all.Rows, all.Properties == nil), "{each.id} properties true")
	equal(t, "version", file.Job("pinned").Elements.Version.Text(), "77aa0b1c2d")
}

// A number with more digits than a double has is equal to what an element has for it, which is its text.
func TestWhereKeepsAllDigits(t *testing.T) {
	const text = `
server: https://app.speckle.systems
jobs:
  a:
    schedule: manual
    token_env: T
    elements: { project: p, model: m, where: { stamp: [9007199254740993, -9007199254740992, 1e3] } }
    outputs: [{ file: a.json }]
`
	file, problems := jobs.Load("jobs.yaml", []byte(text), nil)
	if file == nil {
		t.Fatal(problems)
	}
	stamps := file.Jobs[0].Elements.Where[0].Any
	for text, want := range map[string][]bool{
		"9007199254740993": {true, false, false}, "9007199254740992": {false, false, false}, "-9007199254740992": {false, true, false},
		"1000": {false, false, true},
	} {
		value, _ := elements.Numeric(text)
		for i, stamp := range stamps {
			equal(t, text+" is "+stamp.String(), stamp.Equal(value), want[i])
		}
	}
}

// What a job asks of elements is a part of what it does; a job that asks none
// has the hash that it always had.
func TestElementsAreInTheHash(t *testing.T) {
	load := func(elements string) string {
		file, problems := jobs.Load("jobs.yaml",
			[]byte("server: https://app.speckle.systems\njobs:\n  a:\n    schedule: manual\n    token_env: T\n    elements: "+
				elements+"\n    outputs: [{ file: a.json }]\n"), nil)
		if file == nil {
			t.Fatalf("%s:\n%s", elements, problems)
		}
		return file.Jobs[0].Hash
	}
	first := load("{ project: p, model: m, where: { n: 1 } }")
	for _, other := range []string{
		"{ project: q, model: m, where: { n: 1 } }", "{ project: p, model: m }", `{ project: p, model: m, where: { n: "1" } }`,
		"{ project: p, model: m, where: { n: [1, 2] } }", "{ project: p, model: m, version: v, where: { n: 1 } }",
		"{ project: p, model: m, where: { n: 1 }, properties: { a: A } }", "{ project: p, model: m, where: { n: 1 }, units: true }",
		"{ project: p, model: m, where: { n: 1 }, rows: properties }", "{ project: p, model: m, where: { n: 1 }, allow_empty: true }",
	} {
		if load(other) == first {
			t.Errorf("%s has the hash of another job", other)
		}
	}
	equal(t, "again", load("{project: p, model: m, where: {n: 1.0}}"), first)
}

func TestElementsWarnOfColumnsThatNoRecordHas(t *testing.T) {
	_, problems := jobs.Load("jobs.yaml", []byte("server: https://app.speckle.systems\njobs:\n  a:\n    schedule: manual\n    token_env: T\n"+
		"    elements: { project: p, model: m, properties: { area: Area } }\n"+
		"    outputs: [{ file: a.csv, columns: [id, areas, properties.Area] }]\n"), nil)
	for _, want := range []string{`no record has the column "areas"`, "did you mean area?", `no record has the column "properties.Area"`} {
		if !strings.Contains(problems.Error(), want) {
			t.Errorf("%q isn't told:\n%s", want, problems)
		}
	}
}

func TestSummarizeArrivesInTheOrderThatIsWritten(t *testing.T) {
	s := good(t, "testdata/good/summarize.yaml").Jobs[0].Summarize
	equal(t, "by", s.By, "[{level [level]} {category [category]}]")
	equal(t, "figures", s.Figures, "[{mean avg [area]} {elements count []} {area sum [area]} {narrowest min [width]} {widest max [width]}]")
	equal(t, "units", s.Units, true)
}
