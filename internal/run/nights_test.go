package run_test

import (
	"context"
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"

	"speckle-runner/internal/jobs"
	"speckle-runner/internal/output/outputtest"
	"speckle-runner/internal/run"
)

// nights are the runs of a job, one a day, and what a ledger remembers from one
// to the next.
type nights struct {
	*rig

	shelf  *shelf
	day    int
	last   run.Last
	tables map[string]run.Table
}

func newNights(t *testing.T) *nights {
	t.Helper()
	return &nights{
		rig: newRig(t), shelf: newShelf(t), last: run.Last{Marks: map[string]run.Mark{}}, tables: map[string]run.Table{},
	}
}

// onShelf is a job over what the shelf has, whose records are its items.
const onShelf = `    server: $SHELF
    query: |
      query Models($limit: Int!, $cursor: String) {
        project(id: "p") { models(limit: $limit, cursor: $cursor) { totalCount cursor items { id name n } } }
      }
    variables: { limit: 10 }
`

// shelved loads a job over what the shelf has.
func (n *nights) shelved(keys string) string {
	return strings.ReplaceAll(onShelf+keys, "$SHELF", n.shelf.URL)
}

// runID names the run of a day.
func runID(day int) string { return "one@" + tick.AddDate(0, 0, day).Format("20060102T150405Z") }

// of is the request for the run of a day.
func (n *nights) of(day int) func(*run.Request) {
	return func(r *run.Request) {
		r.Run, r.Tick, r.Last = runID(day), tick.AddDate(0, 0, day), n.last
		r.Last.Marks = maps.Clone(n.last.Marks)
		r.Tables = func(context.Context, []string) (map[string]run.Table, error) { return maps.Clone(n.tables), nil }
	}
}

// night is the next run of a job from its keys; of a good one the ledger keeps what it
// is given.
func (n *nights) night(keys string, change ...func(*run.Request)) *run.Result {
	n.t.Helper()
	n.day++
	result := n.attempt(n.job(n.shelved(keys)), 1, append([]func(*run.Request){n.of(n.day)}, change...)...)
	if result.State == run.Succeeded {
		n.remember(result)
	}
	return result
}

// good is a night that has to be one.
func (n *nights) good(keys string, change ...func(*run.Request)) *run.Result {
	n.t.Helper()
	result := n.night(keys, change...)
	if result.State != run.Succeeded {
		n.t.Fatalf("night %d: %s %s", n.day, result.State, result.Error)
	}
	return result
}

func (n *nights) remember(of *run.Result) {
	at := tick.AddDate(0, 0, n.day)
	n.last.Success, n.last.Records = at, of.Records
	for _, m := range of.Marks {
		m.Tick, m.Run, m.Files = at, runID(n.day), of.Files
		n.last.Marks[m.Output] = m
	}
	for _, m := range of.Renewed {
		n.last.Marks[m.Output] = m
	}
	for _, table := range of.Tables {
		n.tables[table.Output] = table
	}
}

// tree gives what an output folder holds, with what is under way: nothing of that is
// left when an attempt has ended. What is kept for the next attempt isn't in it.
func (b *rig) tree() map[string]string {
	b.t.Helper()
	files := outputtest.Tree(b.t, b.dir)
	maps.DeleteFunc(files, func(name, _ string) bool { return strings.HasPrefix(name, ".runner/parts/") })
	return files
}

// holds fails when the output folder holds anything else.
func (b *rig) holds(want map[string]string) {
	b.t.Helper()
	if got := b.tree(); !maps.Equal(got, want) {
		b.t.Errorf("the folder holds %q\nwant %q", outputtest.Short(got), outputtest.Short(want))
	}
}

// warned fails when a run doesn't warn of just this.
func (b *rig) warned(result *run.Result, want ...string) {
	b.t.Helper()
	if result.State != run.Succeeded || fmt.Sprintf("%q", result.Warnings) != fmt.Sprintf("%q", want) {
		b.t.Errorf("%s %s: %q\nwant %q", result.State, result.Error, result.Warnings, want)
	}
}

// asleep lets time pass for everybody in a bubble.
func asleep(d time.Duration) { <-time.After(d) }

// with loads a job from its keys below what stands at the top of a job file.
func (b *rig) with(top, keys string) *jobs.Job {
	b.t.Helper()
	b.top = top
	defer func() { b.top = "" }()
	return b.job(keys)
}
