package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// record is one as the server sends it: about 800 bytes, its id twice.
func record(n int) string {
	return fmt.Sprintf(`{"id":"%s%08x","data":{"id":"%[1]s%08[2]x","tag":"%[3]s"}}`, bulkPrefix, n, strings.Repeat("x", 690))
}

func records(numbers ...int) string {
	var out strings.Builder
	for _, n := range numbers {
		out.WriteString(record(n) + "\n")
	}
	return out.String()
}

func cells(numbers ...int) string {
	var out strings.Builder
	out.WriteString("id,data.id,comments\n")
	for _, n := range numbers {
		fmt.Fprintf(&out, "%s%08x,%[1]s%08[2]x,\"line one\nline two\"\n", bulkPrefix, n)
	}
	return out.String()
}

func page(cursor string, numbers ...int) string {
	return `{"cursor":` + cursor + `,"objects":[` + strings.ReplaceAll(strings.TrimSpace(records(numbers...)), "\n", ",") + "]}\n"
}

func cursorAt(n int) string { return fmt.Sprintf(`"%s%08x"`, bulkPrefix, n) }

func TestOnlyWholeExportsPass(t *testing.T) {
	ndjson, table := checkNDJSON("x", 3), checkCSV("x", 3)
	pages, models := checkPages("x", 3, 2), checkModels("x", 2)
	one, two := `{"model":{"id":"00000000ff"}}`, `{"model":{"id":"0000000001"}}`
	for _, c := range []struct {
		name  string
		check func(string) (sum, error)
		text  string
		wrong string // part of what is said; "": whole
	}{
		{"ndjson", ndjson, records(1, 2, 3), ""},
		{"ndjson in any order", ndjson, records(3, 1, 2), ""},
		{"ndjson, short", ndjson, records(1, 2), "2 lines, not 3"},
		{"ndjson, one twice", ndjson, records(1, 2, 2), "record 3 of 3 is there 0 times"},
		{"ndjson, one too many", ndjson, records(1, 2, 3, 3), "4 lines, not 3"},
		{"ndjson, a stranger", ndjson, records(1, 2, 9), "there is no id"},
		{"ndjson, no end", ndjson, strings.TrimSpace(records(1, 2, 3)), "the last line has no end"},
		{"ndjson, empty", ndjson, "", "0 lines"},
		{"ndjson, ids alone", ndjson, strings.ReplaceAll(records(1, 2, 3), "xx", ""), "bytes, not about 800"},
		{"csv", table, cells(1, 2, 3), ""},
		{"csv, short", table, cells(1, 2), "3 rows with the header, not 4"},
		{"csv, one twice", table, cells(1, 2, 1), "record 3 of 3"},
		{"csv, ragged", table, cells(1, 2, 3) + "a,b\n", "wrong number of fields"},
		{"pages", pages, page(cursorAt(2), 1, 2) + page(cursorAt(3), 3), ""},
		{"pages with the empty one", pages, page(cursorAt(2), 1, 2) + page(cursorAt(3), 3) + page("null"), ""},
		{"pages, one missing", pages, page(cursorAt(2), 1, 2), "1 answers, not 2"},
		{"pages, one twice", pages, page(cursorAt(2), 1, 2) + page(cursorAt(2), 1, 2), "record 3 of 3"},
		{"pages, a record too many", pages, page(cursorAt(2), 1, 2) + page(cursorAt(3), 2, 3), "ids too many"},
		{"models", models, one + "\n" + two, ""},
		{"models, short", models, one, "1 models, not 2"},
		{"models, one twice", models, one + one, "twice"},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			if err := os.WriteFile(filepath.Join(dir, "x"), []byte(c.text), 0o644); err != nil {
				t.Fatal(err)
			}
			total, err := c.check(dir)
			switch {
			case c.wrong == "" && err != nil:
				t.Errorf("a whole export was refused: %v", err)
			case c.wrong != "" && (err == nil || !strings.Contains(err.Error(), c.wrong)):
				t.Errorf("%v (%v), want %q", err, total, c.wrong)
			}
		})
	}
}

func TestExportsOfAllFormatsHaveOneSum(t *testing.T) {
	want := sum{records: 3, ids: 6}
	for name, c := range map[string]struct {
		check func(string) (sum, error)
		text  string
	}{
		"ndjson": {checkNDJSON("x", 3), records(3, 2, 1)},
		"csv":    {checkCSV("x", 3), cells(1, 2, 3)},
		"pages":  {checkPages("x", 3, 1), page(cursorAt(3), 1, 2, 3)},
	} {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "x"), []byte(c.text), 0o644); err != nil {
			t.Fatal(err)
		}
		if got, err := c.check(dir); err != nil || got != want {
			t.Errorf("%s: %v, %v, want %v", name, got, err, want)
		}
	}
}

func TestTablesOfElementsAreHeldAgainstEachOther(t *testing.T) {
	check := func(text string) (sum, error) {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "export.csv"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return checkElements(dir)
	}
	want, err := check("id,area\na,1.50\na,2\nb,\n")
	if err != nil || want.records != 3 {
		t.Fatal(want, err)
	}
	if same, err := check("id,area\na,2.0\na,1.5\nb,\"\"\n"); err != nil || same != want {
		t.Errorf("the same table is %v, not %v: %v", same, want, err)
	}
	for _, other := range []string{"id,area\na,1.5\na,2\n", "id,area\na,1.5\na,2.5\nb,\n", "id,size\na,1.5\na,2\nb,\n"} {
		if got, err := check(other); err != nil || got == want {
			t.Errorf("%q passes for the same table: %v", other, err)
		}
	}
	for _, broken := range []string{"", "id,area\n", "id,area\nb,1\na,2\n", "id,area\na\n"} {
		if got, err := check(broken); err == nil {
			t.Errorf("%q passes: %v", broken, got)
		}
	}
}
