package run_test

import (
	"strings"
	"testing"

	"speckle-runner/internal/run"
	"speckle-runner/internal/speckle/fake"
)

// TestIsItAllThere: an answer that is short, or partial, or has shrunk is taken only
// where the job, or somebody by hand, says so; and then it is a warning.
func TestIsItAllThere(t *testing.T) {
	few := func(r *run.Request) { r.Last.Records = 1000 }
	accept := func(r *run.Request) { few(r); r.AcceptShrink = true }
	short := fake.Fault{Kind: fake.WrongTotal, Rows: 200}
	for name, c := range map[string]struct {
		keys   string
		fault  fake.Fault
		change func(*run.Request)
		fails  string // its cause
		warns  string
	}{
		"short":                {fault: short, fails: "short"},
		"short, warned of":     {keys: "    complete: warn\n", fault: short, warns: "(records that the token may not see are counted too)"},
		"short, not looked at": {keys: "    complete: off\n", fault: short},
		"partial":              {fault: fake.Fault{Kind: fake.ErrorsBeside}, fails: "server fault"},
		"partial, kept":        {keys: "    on_partial: keep\n", fault: fake.Fault{Kind: fake.ErrorsBeside}, warns: "project: connect ETIMEDOUT"},
		"shrunk":               {keys: "    shrink_limit: 50%\n", change: few, fails: "shrink"},
		"shrunk, accepted": {keys: "    shrink_limit: 50%\n", change: accept,
			warns: "accepted by hand: 140 records, although the last good run had 1000"},
		"shrunk a little":    {keys: "    shrink_limit: 50%\n", change: func(r *run.Request) { r.Last.Records = 280 }},
		"nothing was before": {keys: "    shrink_limit: 50%\n"},
		"no limit":           {change: few},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(b *rig) {
				b.put("out.ndjson", "yesterday's")
				if c.fault.Kind != "" {
					b.server.SetFaults(c.fault)
				}
				result := b.attempt(b.job(tower+c.keys+toFile), 1, func(r *run.Request) {
					if c.change != nil {
						c.change(r)
					}
				})
				if failed := result.State == run.Failed; failed != (c.fails != "") || failed && result.Cause != c.fails ||
					failed != (b.read("out.ndjson") == "yesterday's") {
					t.Errorf("%s %q: %s", result.State, result.Cause, result.Error)
				}
				if told := strings.Join(result.Warnings, "|"); !strings.Contains(told, c.warns) || c.warns == "" && told != "" {
					t.Errorf("it warns of %q", told)
				}
			})
		})
	}
}

// TestNothingCameOut: an export that a program has emptied, and keys that are null
// everywhere, are said; not where that is what most nights are like.
func TestNothingCameOut(t *testing.T) {
	const none = "    select: 'select(.n < 0)'\n"
	for name, c := range map[string]struct {
		keys    string
		records int
		warns   []string
	}{
		"select gives nothing": {none + toFile, 12, []string{"select gave nothing for any of 12 records from 1 page: the export is empty"}},
		"of one record":        {none + toFile, 1, []string{"select gave nothing for the one record that was read: the export is empty"}},
		"there was none":       {none + toFile, 0, nil},
		"it gives some":        {"    select: 'select(.n < 3)'\n" + toFile, 12, nil},
		"by the mark":          {"    select: 'select($last_success != null and .n < 0)'\n" + toFile, 12, nil},
		"none is sent then":    {none + "    outputs: [{ " + hookAt + ", only_if_any: true }]\n", 12, nil},
		"a key of nothing": {"    select: '{id, size: .size}'\n" + toFile, 2,
			[]string{"select makes keys of what no record has, so they are null everywhere: size (from .size)"}},
	} {
		t.Run(name, func(t *testing.T) {
			n := newNights(t)
			n.shelf.put(shelfOf(c.records))
			n.warned(n.night(c.keys), c.warns...)
		})
	}
	// The select of for_each, which leaves nothing to ask for.
	b := newRig(t)
	b.warned(b.attempt(b.job(b.items(`select(.x == 1)`)), 1),
		"for_each: select gave nothing for the one record that was read: there is nothing to run the query for")
}

// TestTooManyItems: a run asks its query so often at the most.
func TestTooManyItems(t *testing.T) {
	b := newRig(t)
	b.ended(b.attempt(b.job(b.items(`range(100001) | {id: "$TOWER", n: .}`)), 1),
		end{run.Failed, true, false, 0, "for_each: items are more than one run takes",
			"for_each: 100001 items are more than one run takes (100000)"})
	if asked := b.asked("One", "n"); asked != "" {
		t.Errorf("asked for %.40s", asked)
	}
}

// TestManyWarningsAreBounded: a ledger's row holds some, and the log all that were told.
func TestManyWarningsAreBounded(t *testing.T) {
	n := newNights(t)
	n.shelf.put(shelfOf(1))
	var columns []string
	for range 150 {
		columns = append(columns, "x"+strings.Repeat("y", len(columns)))
	}
	result := n.good("    outputs: [{ file: out.csv, columns: [id, " + strings.Join(columns, ", ") + "] }]\n")
	if w := result.Warnings; len(w) != 101 || w[100] != "there were more warnings: the run's log has them" ||
		strings.Count(n.log.String(), "no record has the column") != 150 {
		t.Errorf("%d warnings, the last: %s", len(w), w[len(w)-1])
	}
}
