package format_test

import (
	"encoding/csv"
	"io"
	"slices"
	"strings"
	"testing"

	"speckle-runner/internal/output/format"
	"speckle-runner/internal/output/outputtest"
	"speckle-runner/internal/output/record"
)

func TestCSVCells(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name    string
		columns []record.Column
		lines   []string
		want    string
	}{
		{"null, missing and empty are told apart", outputtest.Columns("a", "b", "c"), []string{`{"a":null,"c":""}`}, "a,b,c\n,,\"\"\n"},
		{"numbers byte for byte", outputtest.Columns("a", "b"), []string{`{"a":1.10,"b":123456789012345678901234567890}`},
			"a,b\n1.10,123456789012345678901234567890\n"},
		{"booleans", outputtest.Columns("a", "b"), []string{`{"a":true,"b":false}`}, "a,b\ntrue,false\n"},
		{"quotes, separators, line breaks", outputtest.Columns("a", "b"), []string{`{"a":"say \"hi\", then\r\nleave","b":"x"}`},
			"a,b\n\"say \"\"hi\"\", then\r\nleave\",x\n"},
		{"outer spaces are quoted", outputtest.Columns("a", "b"), []string{`{"a":" x","b":"x y "}`}, "a,b\n\" x\",\"x y \"\n"},
		{"escapes are undone", outputtest.Columns("a"), []string{`{"a":"\u00fc\ud83c\udfd7\/"}`}, "a\nü🏗/\n"},
		{"nested", outputtest.Columns("author.name", "id"), []string{`{"id":"1","author":{"x":{"y":[1]},"name":"Jö"}}`},
			"author.name,id\nJö,1\n"},
		{"below null", outputtest.Columns("author.name", "id"), []string{`{"author":null,"id":1}`}, "author.name,id\n,1\n"},
		{"lists are JSON text", outputtest.Columns("a", "b"), []string{`{"a":[1,"x"],"b":{"c":null}}`},
			"a,b\n\"[1,\"\"x\"\"]\",\"{\"\"c\"\":null}\"\n"},
		{"an object and what is in it", outputtest.Columns("a", "a.b"), []string{`{"a":{"b":1}}`, `{"a":2}`}, "a,a.b\n\"{\"\"b\"\":1}\",1\n2,\n"},
		{"a repeated name: the last, whole", outputtest.Columns("a.b", "a.c", "d"), []string{`{"a":{"b":1},"a":{"c":2},"d":1,"d":null}`},
			"a.b,a.c,d\n,2,\n"},
		{"a key with a dot", outputtest.Columns(`a\.b`, "a.b"), []string{`{"a.b":1,"a":{"b":2}}`}, "a\\.b,a.b\n1,2\n"},
		{"a key with escapes", outputtest.Columns("ä"), []string{`{"\u00e4":1}`}, "ä\n1\n"},
		{"two columns of a name", outputtest.Columns("a", "b", "a"), []string{`{"a":1,"b":2}`}, "a,b,a (2)\n1,2,1\n"},
		{"one column keeps its null rows", outputtest.Columns("a"), []string{`{"a":null}`, `{"a":1}`, `{}`}, "a\n\"\"\n1\n\"\"\n"},
		{"a head of its own", []record.Column{{Name: "Model, new", Path: []string{"a"}}}, []string{`{"a":1}`}, "\"Model, new\"\n1\n"},
		{"no records", outputtest.Columns("a", "b"), nil, "a,b\n"},
		{"no records, no columns", nil, nil, ""},
		{"texts as records", nil, []string{`"x"`, `"y,z"`}, "value\nx\n\"y,z\"\n"},
		{"mixed records", nil, []string{`{"value":1}`, `2`}, "value,value (2)\n\"{\"\"value\"\":1}\",1\n2,\n"},
		{"empty objects", nil, []string{`{}`, `{}`}, "value\n{}\n{}\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got := outputtest.Encode(t, "csv", outputtest.NDJSON(c.lines...), format.Options{Columns: c.columns})
			if got != c.want {
				t.Errorf("got\n%s\nwant\n%s", got, c.want)
			}
		})
	}
}

func TestCSVOptions(t *testing.T) {
	t.Parallel()
	lines := []string{`{"a":"x;y","b":"1,5"}`}
	for _, c := range []struct {
		name string
		o    format.Options
		want string
	}{
		{"bom", format.Options{BOM: true}, "\ufeffa,b\nx;y,\"1,5\"\n"},
		{"semicolon", format.Options{Separator: ";"}, "a;b\n\"x;y\";1,5\n"},
		{"tab", format.Options{Separator: "\t"}, "a\tb\nx;y\t1,5\n"},
	} {
		c.o.Columns = outputtest.Columns("a", "b")
		if got := outputtest.Encode(t, "csv", outputtest.NDJSON(lines...), c.o); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
	for _, sep := range []string{",,", `"`, "\n", "\r", "x", "1", "-", " ", "§", "'", `\`} {
		err := format.Encode(t.Context(), io.Discard, format.Format{Name: "csv"}, outputtest.NDJSON(),
			format.Options{Columns: outputtest.Columns("a"), Separator: sep})
		if err == nil || !strings.Contains(err.Error(), "separator") {
			t.Errorf("separator %q: %v", sep, err)
		}
	}
}

func TestFormulaGuard(t *testing.T) {
	t.Parallel()
	texts := []string{"=1+1", "+1", "-1", "@x", "\tx", "\rx", "\nx", "\uff1dx"}
	for _, text := range texts {
		line := `{"=head":` + quoted(t, text) + `,"n":-5,"list":["=1"],"inner":"a=b"}`
		columns := outputtest.Columns("=head", "n", "list", "inner")
		got := outputtest.Encode(t, "csv", outputtest.NDJSON(line), format.Options{Columns: columns, FormulaGuard: true})
		rows, err := csv.NewReader(strings.NewReader(got)).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		// encoding/csv reads \r\n in a cell as \n; there is none here.
		want := [][]string{{"'=head", "n", "list", "inner"}, {"'" + text, "-5", `["=1"]`, "a=b"}}
		if !slices.EqualFunc(rows, want, slices.Equal) {
			t.Errorf("%q: rows %q, want %q", text, rows, want)
		}
		off := outputtest.Encode(t, "csv", outputtest.NDJSON(line), format.Options{Columns: columns})
		if strings.Contains(off, "'") {
			t.Errorf("guarded without being asked: %q", off)
		}
	}
}

// Who opens a file with the separator of another one doesn't see its quotes: no cell
// begins a formula, whichever way the file is cut.
func TestFormulaGuardHoldsForOtherSeparators(t *testing.T) {
	t.Parallel()
	texts := []string{"a;=1+1;b", "a,=1+1,b", "a\t=1+1", "a|=1+1|", "a\n=1+1,b", "a\r\n-1;", "a; =1+1;", `a;"=1+1"`, `a;""=1+1;`, "a;;@x", "a;\uff1d1"}
	for _, own := range []string{",", ";", "\t", "|", ":"} {
		for _, text := range texts {
			line := `{"n":1,"text":` + quoted(t, text) + `,"list":["x",` + quoted(t, text) + `,"=1",-5],"last":"x"}`
			o := format.Options{Columns: outputtest.Columns("n", "text", "list", "last"), FormulaGuard: true, Separator: own}
			got := outputtest.Encode(t, "csv", outputtest.NDJSON(line), o)
			for _, other := range []string{",", ";", "\t", "|"} {
				if other == own {
					continue
				}
				for cell := range strings.FieldsFuncSeq(got, func(r rune) bool { return strings.ContainsRune("\r\n"+other, r) }) {
					if bare := strings.TrimLeft(cell, ` "`); bare != "" && strings.Contains("=+@\uff1d", string([]rune(bare)[0])) || strings.HasPrefix(bare, "-1") {
						t.Errorf("%q with %q, opened with %q: the cell %q", text, own, other, cell)
					}
				}
			}
		}
	}
	// Data stay what they are for who reads the file as it was written.
	line := `{"n":-5,"text":"walls, -5 mm","list":{"a":[-1,"b, -c"]},"last":"a-b=c"}`
	o := format.Options{Columns: outputtest.Columns("n", "text", "list", "last"), FormulaGuard: true}
	got := outputtest.Encode(t, "csv", outputtest.NDJSON(line), o)
	if want := "n,text,list,last\n-5,\"walls, -5 mm\",\"{\"\"a\"\":[-1,\"\"b, -c\"\"]}\",\"a-b=c\"\n"; got != want {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

func TestAbsentColumnsAreReported(t *testing.T) {
	t.Parallel()
	lines := []string{`{"a":1,"c":{"d":null}}`, `{"b":2}`}
	var report format.Report
	outputtest.Encode(t, "csv", outputtest.NDJSON(lines...), format.Options{Columns: outputtest.Columns("a", "tpyo", "b", "c.d", "c.e"),
		Report: &report})
	if want := []string{"tpyo", "c.e"}; !slices.Equal(report.Absent, want) {
		t.Errorf("absent: %q, want %q", report.Absent, want)
	}
	report = format.Report{}
	outputtest.Encode(t, "csv", outputtest.NDJSON(), format.Options{Columns: outputtest.Columns("a"), Report: &report})
	if report.Absent != nil {
		t.Errorf("without records nothing can be absent: %q", report.Absent)
	}
}
