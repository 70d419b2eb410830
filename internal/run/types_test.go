package run_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"speckle-runner/internal/output/outputtest"
	"speckle-runner/internal/run"
)

// table is a job whose columns are found in the data.
const table = "    select: '{id, n, more: .more?}'\n    outputs: [{ file: out.parquet }]\n"

// types reads those of a Parquet file, by column.
func (b *rig) types(name string) string {
	b.t.Helper()
	head, types, _ := outputtest.ReadParquet(b.t, b.read(name))
	var all []string
	for i, column := range head {
		all = append(all, column+" "+types[i])
	}
	return strings.Join(all, ", ")
}

// shelves gives records of a number each, as JSON.
func shelves(numbers ...string) []string {
	var page []string
	for i, n := range numbers {
		page = append(page, fmt.Sprintf(`{"id":"a%d","name":"A","n":%s}`, i, n))
	}
	return page
}

// TestTypesHold: a column has the type that the first night gave it, also on a night
// without values, and what doesn't fit fails the run.
func TestTypesHold(t *testing.T) {
	for name, c := range map[string]struct {
		keys   string // of the second night; "": the same
		first  []string
		second []string
		spoil  bool // what the ledger kept
		warns  string
		fails  string
	}{
		"the same":             {first: shelves("1"), second: shelves("2")},
		"no value":             {first: shelves("1"), second: shelves("null")},
		"no records":           {first: shelves("1"), second: []string{}},
		"a fraction":           {first: shelves("1"), second: shelves("2", "2.5"), fails: "out.parquet: record 2"},
		"a text":               {first: shelves("true"), second: shelves(`"yes"`), fails: "out.parquet: record 1"},
		"whole ones":           {first: shelves("1.5"), second: shelves("2")},
		"another select, fits": {keys: strings.Replace(table, ", more", ", other", 1), first: shelves("1.5"), second: shelves("2")},
		"what is kept is damaged": {first: shelves("1"), second: shelves("2"), spoil: true,
			warns: "out.parquet: what the ledger knows of its columns is damaged: their types are found in the data again"},
	} {
		t.Run(name, func(t *testing.T) {
			n := newNights(t)
			n.shelf.put(c.first)
			first := n.good(table)
			const untold = "out.parquet: there is no value yet that says what type these columns have: more; they are string in this file: " +
				"say their types with columns"
			if len(first.Tables) != 1 || !slices.Contains(first.Warnings, untold) {
				t.Fatalf("%d tables, %q", len(first.Tables), first.Warnings)
			}
			before := n.types("out.parquet")
			if c.spoil {
				n.tables["file out.parquet"] = run.Table{Output: "file out.parquet", State: []byte("{")}
			}
			n.shelf.put(c.second)
			second := n.night(cmp.Or(c.keys, table))
			if c.fails != "" {
				n.ended(second, end{run.Failed, true, false, 0, "type", c.fails})
				return
			}
			if after := n.types("out.parquet"); second.State != run.Succeeded || strings.Replace(after, "other", "more", 1) != before {
				t.Errorf("%s %s: %s, and before %s", second.State, second.Error, after, before)
			}
			if c.warns != "" && !slices.Contains(second.Warnings, c.warns) {
				t.Errorf("%q", second.Warnings)
			}
		})
	}
}

// TestTypesGiveWay: where the job makes something else, what it was doesn't bind.
func TestTypesGiveWay(t *testing.T) {
	n := newNights(t)
	n.shelf.put(shelves("1"))
	n.good(table)
	n.good(strings.Replace(table, "n, more", "n: .name, more", 1))
	if got := n.types("out.parquet"); !strings.Contains(got, "n STRING") {
		t.Errorf("another select: %s", got)
	}
	// The run of the very tick that brought a type isn't bound by it.
	n = newNights(t)
	n.shelf.put(shelves("1"))
	n.good(table)
	n.shelf.put(shelves(`"text"`))
	again := n.attempt(n.job(n.shelved(table)), 2, n.of(n.day))
	if again.State != run.Succeeded || !strings.Contains(n.types("out.parquet"), "n STRING") {
		t.Errorf("%s %s: %s", again.State, again.Error, n.types("out.parquet"))
	}
}

// TestFilesOfItemsAreAlike: the values of all items decide on the types of each one's
// file, so that they can be read together.
func TestFilesOfItemsAreAlike(t *testing.T) {
	n := newNights(t)
	keys := `    for_each: { query: "query Items { activeUser { id } }", select: '{n: 1, v: 1}, {n: 2, v: 2.5}, {n: 3, v: null}' }
    query: "query One($n: Int!) { project(id: \"$TOWER\") { id models(limit: $n) { totalCount } } }"
    select: '{n: $each.n, v: $each.v}'
    outputs: [{ file: "{each.n}.parquet" }]
`
	result := n.attempt(n.job(keys), 1, n.of(1))
	one := n.types("1.parquet")
	if result.State != run.Succeeded || n.types("2.parquet") != one || n.types("3.parquet") != one || !strings.Contains(one, "v DOUBLE") ||
		len(result.Tables) != 1 {
		t.Errorf("%s %s: %s, %s, %s; %d tables", result.State, result.Error, one, n.types("2.parquet"), n.types("3.parquet"), len(result.Tables))
	}
}

// TestALedgerThatCantBeAsked fails the run before a file is written, and another attempt
// may help.
func TestALedgerThatCantBeAsked(t *testing.T) {
	locked := errors.New("the database is locked")
	n := newNights(t)
	n.shelf.put(shelves("1"))
	for name, c := range map[string]struct {
		keys   string
		change func(*run.Request)
	}{
		"for types": {table, func(r *run.Request) {
			r.Tables = func(context.Context, []string) (map[string]run.Table, error) { return nil, locked }
		}},
		"for what was told": {"    outputs: [{ file: out.ndjson }, { " + hookAt + ", body: .changes }]\n", func(r *run.Request) {
			r.Snapshots = func(context.Context, string, []string) (map[string]run.Snapshot, error) { return nil, locked }
		}},
	} {
		result := n.night(c.keys, c.change)
		if result.State != run.Failed || result.Final || !errors.Is(result.Err, locked) {
			t.Errorf("%s: %s, final %t: %s", name, result.State, result.Final, result.Error)
		}
		n.holds(map[string]string{})
	}
}

// TestColumns: they follow the job's list, else what the query selects or select makes,
// else the data; and what no record has is said.
func TestColumns(t *testing.T) {
	for name, c := range map[string]struct {
		keys    string
		records []string
		head    string
		warns   []string
	}{
		"the query's":     {"    outputs: [{ file: out.csv }]\n", shelves("1"), "id,name,n", nil},
		"without records": {"    outputs: [{ file: out.csv }]\n", nil, "id,name,n", nil},
		"select's":        {"    select: '{n, id}'\n    outputs: [{ file: out.csv }]\n", shelves("1"), "n,id", nil},
		"select's, none":  {"    select: '{n, id}'\n    outputs: [{ file: out.csv }]\n", nil, "n,id", nil},
		"the data's":      {"    select: 'del(.name)'\n    outputs: [{ file: out.csv }]\n", shelves("1"), "id,n", nil},
		"the job's": {"    outputs: [{ file: out.csv, columns: [n, {name: who, path: id}, nowhere] }]\n", shelves("1"), "n,who,nowhere",
			[]string{"out.csv: no record has the column nowhere"}},
	} {
		t.Run(name, func(t *testing.T) {
			n := newNights(t)
			n.shelf.put(c.records)
			result := n.good(c.keys)
			if head, _, _ := strings.Cut(n.read("out.csv"), "\n"); strings.TrimSpace(head) != c.head {
				t.Errorf("%q, want %q", head, c.head)
			}
			n.warned(result, c.warns...)
		})
	}
}
