package run_test

import (
	"cmp"
	"slices"
	"strings"
	"testing"

	"speckle-runner/internal/run"
)

// TestAnUnchangedFileStays: records that were published before aren't published again,
// as long as all that was written lies where this run would write it.
func TestAnUnchangedFileStays(t *testing.T) {
	const keys = "    outputs: [{ file: out.ndjson, latest: latest.ndjson, manifest: true, only_if_changed: true, ignore: [n] }]\n"
	for name, c := range map[string]struct {
		keys      string
		records   []string
		between   func(n *nights)
		unchanged bool
	}{
		"the same":                 {unchanged: true},
		"in another order":         {records: []string{model("b", 1), model("a", 1)}, unchanged: true},
		"what doesn't count":       {records: []string{model("a", 7), model("b", 1)}, unchanged: true},
		"another record":           {records: []string{model("a", 1), model("c", 1)}},
		"one less":                 {records: []string{model("a", 1)}},
		"it was removed":           {between: func(n *nights) { n.remove("out.ndjson") }},
		"it was edited":            {between: func(n *nights) { n.put("out.ndjson", "{}\n") }},
		"the latest was removed":   {between: func(n *nights) { n.remove("latest.ndjson") }},
		"the latest was edited":    {between: func(n *nights) { n.put("latest.ndjson", strings.ToUpper(n.read("latest.ndjson"))) }},
		"the manifest was removed": {between: func(n *nights) { n.remove("out.ndjson.manifest.json") }},
		"of another path":          {keys: strings.Replace(keys, "out.ndjson", `"{date}.ndjson"`, 1)},
		"another folder":           {between: func(n *nights) { n.dir = n.t.TempDir(); n.reopen() }},
		"the job has changed":      {keys: keys + "    description: anew\n", unchanged: true},
		"its query has changed":    {keys: keys + "    select: '{id, name, n}'\n"},
		"nothing is known":         {between: func(n *nights) { clear(n.last.Marks) }},
		"who wrote it is unknown": {between: func(n *nights) {
			for output, m := range n.last.Marks {
				m.Files = nil
				n.last.Marks[output] = m
			}
		}},
	} {
		t.Run(name, func(t *testing.T) {
			n := newNights(t)
			n.shelf.put([]string{model("a", 1), model("b", 1)})
			if first := n.good(keys); len(first.Marks) != 1 || len(first.Unchanged) != 0 {
				t.Fatalf("%+v", first)
			}
			if strings.Contains(c.keys, "{date}") {
				n.good(c.keys) // yesterday's, by its own name
			}
			if c.between != nil {
				c.between(n)
			}
			if c.records != nil {
				n.shelf.put(c.records)
			}
			second := n.good(cmp.Or(c.keys, keys))
			if unchanged := slices.Equal(second.Unchanged, []int{1}); unchanged != c.unchanged || unchanged != (len(second.Files) == 0) {
				t.Errorf("unchanged %v, files %+v", second.Unchanged, second.Files)
			}
			third := n.good(cmp.Or(c.keys, keys))
			if again := len(third.Unchanged) == 1; again != !strings.Contains(c.keys, "{date}") {
				t.Errorf("the night after: unchanged %v", third.Unchanged)
			}
		})
	}
}

// TestOutputsThatIgnoreOtherThings: each goes by its own fields, also where these
// look alike when they are written one after the other.
func TestOutputsThatIgnoreOtherThings(t *testing.T) {
	const keys = `    select: '{id, name, n, "name n": 1}'
    outputs:
      - { file: a.ndjson, only_if_changed: true, ignore: [name, n, "name n"] }
      - { file: b.ndjson, only_if_changed: true, ignore: ["name n"] }
      - { file: c.ndjson, only_if_changed: true, ignore: [name, n] }
      - { file: d.ndjson, only_if_changed: true }
`
	n := newNights(t)
	n.shelf.put([]string{model("a", 1)})
	n.good(keys)
	n.shelf.put([]string{model("a", 2)})
	if result := n.good(keys); !slices.Equal(result.Unchanged, []int{1, 3}) || len(result.Files) != 2 {
		t.Errorf("unchanged: %v", result.Unchanged)
	}
	if result := n.good(keys); !slices.Equal(result.Unchanged, []int{1, 2, 3, 4}) || len(result.Files) != 0 {
		t.Errorf("unchanged: %v", result.Unchanged)
	}
}

// TestAFailedNightLeavesNoMark: the records of a run that didn't publish are published
// by the next one, though they are the same.
func TestAFailedNightLeavesNoMark(t *testing.T) {
	const keys = "    outputs: [{ file: out.ndjson, only_if_changed: true }, { webhook: \"http://127.0.0.1:9/\", only_if_changed: true }]\n"
	n := newNights(t)
	n.shelf.put([]string{model("a", 1)})
	n.good(keys)
	n.shelf.put([]string{model("a", 2)})
	refuses("out.ndjson", full("out.ndjson"))(n.rig)
	if failed := n.night(keys); failed.State != run.Failed || failed.Marks != nil || failed.Owed != nil {
		t.Fatalf("%s %s: %+v, owes %v", failed.State, failed.Error, failed.Marks, failed.Owed)
	}
	n.out.OnRename(nil)
	if next := n.good(keys); len(next.Unchanged) != 0 || len(next.Owed) != 1 || n.read("out.ndjson") != rows(model("a", 2)) {
		t.Errorf("unchanged %v, owes %d, %s", next.Unchanged, len(next.Owed), n.read("out.ndjson"))
	}
}

// TestMarksOfAJobThatGoesByReceivers: the job's own mark stands on that of the run
// before, and is there only where one was.
func TestMarksOfAJobThatGoesByReceivers(t *testing.T) {
	const keys = "    until: .n < 0 and $last_success != null\n    outputs: [{ webhook: \"http://127.0.0.1:9/\" }]\n"
	n := newNights(t)
	n.shelf.put([]string{model("a", 1)})
	if first := n.good(keys); len(first.Marks) != 0 {
		t.Errorf("the first: %+v", first.Marks)
	}
	before := n.last.Success
	if second := n.good(keys); len(second.Marks) != 1 || second.Marks[0].Output != "" || !second.Marks[0].Since.Equal(before) {
		t.Errorf("the second: %+v", second.Marks)
	}
}
