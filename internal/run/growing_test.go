package run_test

import (
	"strings"
	"testing"

	"speckle-runner/internal/run"
)

// rows is the text of models as an export has them.
func rows(models ...string) string { return strings.Join(models, "\n") + "\n" }

// TestAFileThatGrows: every run adds its records once, however often it is tried, where
// its tick belongs; and one that fails adds nothing.
func TestAFileThatGrows(t *testing.T) {
	const keys = "    outputs: [{ file: all.ndjson, append: true }]\n"
	n := newNights(t)
	a, b, c := model("a", 1), model("b", 2), model("c", 3)
	n.shelf.put([]string{a})
	n.good(keys)
	n.shelf.put([]string{b})
	n.good(keys)
	if got := n.read("all.ndjson"); got != rows(a, b) {
		t.Fatalf("two nights: %s", got)
	}
	// The same run again has other records by now.
	n.shelf.put([]string{c})
	again := n.attempt(n.job(n.shelved(keys)), 2, n.of(n.day), func(r *run.Request) { r.Resumed = true })
	if got := n.read("all.ndjson"); again.State != run.Succeeded || got != rows(a, c) {
		t.Errorf("the second night again: %s %s: %s", again.State, again.Error, got)
	}
	// A night that was missed goes before those that came after it.
	n.shelf.put([]string{b})
	if early := n.attempt(n.job(n.shelved(keys)), 1, n.of(0)); early.State != run.Succeeded || n.read("all.ndjson") != rows(b, a, c) {
		t.Errorf("a night before: %s %s: %s", early.State, early.Error, n.read("all.ndjson"))
	}
	// A failed night: one record is missing.
	before := n.tree()
	n.shelf.total++
	if short := n.night(keys); short.State != run.Failed || short.Cause != "short" {
		t.Errorf("%s %s", short.State, short.Error)
	}
	n.holds(before)
}

// TestAGrowingTableKeepsItsColumns: rows of other columns can't go below the old head,
// and no other attempt helps.
func TestAGrowingTableKeepsItsColumns(t *testing.T) {
	const keys = "    outputs: [{ file: all.csv, append: true, columns: [id, n] }]\n"
	n := newNights(t)
	n.shelf.put([]string{model("a", 1)})
	n.good(keys)
	before := n.tree()
	n.ended(n.night(strings.Replace(keys, "n]", "name]", 1)), end{run.Failed, true, false, 0, "columns", "its columns have changed"})
	n.holds(before)
	n.good(keys)
	if got := n.read("all.csv"); got != "id,n\r\na,1\r\na,1\r\n" && got != "id,n\na,1\na,1\n" {
		t.Errorf("%q", got)
	}
	// Somebody has written into it: what is theirs stays, and the run says so.
	n.put("all.csv", "id,n\nz,9\n")
	if result := n.good(keys); len(result.Warnings) != 1 || !strings.HasPrefix(n.read("all.csv"), "id,n\nz,9\n") ||
		!strings.Contains(n.read("all.csv"), "a,1") {
		t.Errorf("%q: %q", result.Warnings, n.read("all.csv"))
	}
}

// TestAGrowingFileThatIsUnchanged adds nothing while the records stay and the part of
// the run that told them is there; and adds them again when it isn't.
func TestAGrowingFileThatIsUnchanged(t *testing.T) {
	const keys = "    outputs: [{ file: all.ndjson, append: true, only_if_changed: true, manifest: true }]\n"
	n := newNights(t)
	a, b := model("a", 1), model("b", 2)
	n.shelf.put([]string{a})
	n.good(keys)
	if same := n.good(keys); len(same.Unchanged) != 1 || n.read("all.ndjson") != rows(a) {
		t.Errorf("the same: %v, %s", same.Unchanged, n.read("all.ndjson"))
	}
	n.shelf.put([]string{b})
	n.good(keys)
	if same := n.good(keys); len(same.Unchanged) != 1 || n.read("all.ndjson") != rows(a, b) {
		t.Errorf("the same: %v, %s", same.Unchanged, n.read("all.ndjson"))
	}
	n.remove("all.ndjson")
	if gone := n.good(keys); len(gone.Unchanged) != 0 || n.read("all.ndjson") != rows(b) {
		t.Errorf("it was removed: %v, %s", gone.Unchanged, n.read("all.ndjson"))
	}
}

// TestAGrowingTableKeepsItsForm: rows that are separated by something else, or packed in
// another way, can't stand in one file with those before; what can is told.
func TestAGrowingTableKeepsItsForm(t *testing.T) {
	const keys = "    outputs: [{ file: all.csv, append: true, columns: [id, n]$MORE }]\n"
	with := func(more string) string { return strings.Replace(keys, "$MORE", more, 1) }
	n := newNights(t)
	n.shelf.put([]string{model("a", 1)})
	n.good(with(""))
	before := n.tree()
	n.ended(n.night(with(`, separator: ";"`)), end{run.Failed, true, false, 0, "form", "append to all.csv: its form has changed"})
	n.ended(n.night(with(", format: csv.gz")), end{run.Failed, true, false, 0, "form", "the file is csv, and the output writes csv.gz"})
	n.holds(before)
	told := n.good(with(", bom: true, formula_guard: true")).Warnings
	if len(told) != 1 || !strings.Contains(told[0], "this one has no byte order mark") ||
		!strings.Contains(told[0], "the rows before are without it") {
		t.Errorf("%q", told)
	}
	if told := n.good(with(", formula_guard: true")).Warnings; len(told) != 0 {
		t.Errorf("the same guard again: %q", told)
	}
	if told := n.good(with("")).Warnings; len(told) != 1 || !strings.Contains(told[0], "keeps its '") {
		t.Errorf("without a guard again: %q", told)
	}
	if got, want := n.read("all.csv"), rows("id,n", "a,1", "a,1", "a,1", "a,1"); got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

// TestAGrowingFileWhosePartsAreLost says so, once: it can't be told any more which rows
// a run that is repeated would have to replace.
func TestAGrowingFileWhosePartsAreLost(t *testing.T) {
	const keys = "    outputs: [{ file: all.ndjson, append: true }]\n"
	for _, lost := range []string{"removed", "broken"} {
		n := newNights(t)
		n.shelf.put([]string{model("a", 1)})
		n.good(keys)
		if lost == "removed" {
			n.remove(".all.ndjson.parts.json")
		} else {
			n.put(".all.ndjson.parts.json", "{broken")
		}
		const missing = ".all.ndjson.parts.json beside it is missing or can't be read"
		if told := n.good(keys).Warnings; len(told) != 1 || !strings.Contains(told[0], missing) {
			t.Errorf("%s: %q", lost, told)
		}
		if told := n.good(keys).Warnings; len(told) != 0 {
			t.Errorf("%s, the night after: %q", lost, told)
		}
	}
}
