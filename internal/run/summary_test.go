package run_test

import (
	"strings"
	"testing"

	"speckle-runner/internal/run"
	"speckle-runner/internal/speckle/fake"
)

// TestGroupsStandForRecords: files, messages and marks are of the groups; whether all was
// read is judged by what was read.
func TestGroupsStandForRecords(t *testing.T) {
	const keys = "    summarize: { by: [name], count: models, sum: { total: n }, avg: { mean: n } }\n"
	const outputs = "    outputs: [{ file: out.csv, only_if_changed: true }, { file: out.ndjson }]\n"
	n := newNights(t)
	page := []string{`{"id":"a","name":"x","n":1}`, `{"id":"b","name":"y","n":5}`, `{"id":"c","name":"x","n":2}`}
	n.shelf.put(page)
	first := n.good(keys + outputs)
	if got := strings.ReplaceAll(n.read("out.csv"), "\r", ""); first.Records != 2 || got != "name,models,total,mean\nx,2,3,1.5\ny,1,5,5\n" {
		t.Errorf("%d records: %q", first.Records, got)
	}
	want := rows(`{"name":"x","models":2,"total":3,"mean":1.5}`, `{"name":"y","models":1,"total":5,"mean":5}`)
	if got := n.read("out.ndjson"); got != want {
		t.Errorf("%s", got)
	}
	// Other records, the same groups.
	n.shelf.put([]string{`{"id":"d","name":"y","n":5}`, `{"id":"a","name":"x","n":2}`, `{"id":"b","name":"x","n":1}`})
	if second := n.good(keys + outputs); len(second.Unchanged) != 1 {
		t.Errorf("unchanged %v: %s", second.Unchanged, n.read("out.ndjson"))
	}
	// One record less than there should be is short, though no group is missing.
	n.shelf.total++
	if short := n.night(keys + outputs); short.State != run.Failed || short.Cause != "short" {
		t.Errorf("%s %s", short.State, short.Error)
	}
	// What is no number fails the run, for good.
	n.shelf.put([]string{`{"id":"a","name":"x","n":"many"}`})
	n.ended(n.night(keys+outputs),
		end{run.Failed, true, false, 0, "summarize, on record n is text, not a number (let select make", "on record 1: n is text"})
}

// TestGroupsOfElements have units beside their figures, which fail the run where they
// differ in one group.
func TestGroupsOfElements(t *testing.T) {
	b := newRig(t)
	keys := building(small+", properties: { area: Area }, units: true") +
		"    summarize: { by: [category], count: elements, sum: { area: area } }\n    outputs: [{ file: out.csv }]\n"
	result := b.attempt(b.job(keys), 1)
	if got := strings.ReplaceAll(b.read("out.csv"), "\r", ""); result.State != run.Succeeded || result.Records != 2 ||
		got != "category,elements,area,area_unit\nDoors,2,3.99,m²\nWalls,1,,\n" {
		t.Errorf("%s %s: %q", result.State, result.Error, got)
	}
	b.put("out.csv", "yesterday's")
	b.server.PublishBundle(fake.HouseID, fake.SmallBundleID, mixed)
	result = b.attempt(b.job(keys), 1)
	if result.State != run.Failed || !result.Final || b.read("out.csv") != "yesterday's" {
		t.Errorf("%s, final %t: %s", result.State, result.Final, result.Error)
	}
}
