package run_test

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"speckle-runner/internal/elements/bundle/sample"
	graphs "speckle-runner/internal/elements/graph/sample"
	"speckle-runner/internal/run"
	"speckle-runner/internal/speckle/fake"
	"speckle-runner/internal/speckle/version"
)

// building is a job over the elements of a model, before its outputs.
func building(keys string) string {
	return "    elements: { project: " + fake.HouseID + ", " + keys + " }\n"
}

// forEach reads items that a program makes.
func forEach(program, more string) string {
	return "    for_each: { query: '{ activeUser { id } }', select: '" + program + "'" + more + " }\n"
}

// small is that of a house of three elements.
const small = "model: " + fake.SmallBundleID

// publishes adds a version of the small house, and gives its id.
func (b *rig) publishes(model string) string {
	return b.server.PublishBundle(fake.HouseID, model, func(dir, prefix string) (map[string]string, error) {
		return sample.Small().Write(dir, prefix, sample.Layout{})
	})
}

// asked for files of versions is how a test sees that a version was read.
func (b *rig) versionsRead() int { return len(b.server.StorageRequests()) }

// TestWhatEndsAnAttemptOverElements: what the version has, or hasn't, is the same for
// the next attempt; what stands between may pass.
func TestWhatEndsAnAttemptOverElements(t *testing.T) {
	const final, to = true, "    outputs: [{ file: out.ndjson }]\n"
	for name, c := range map[string]struct {
		keys   string
		before func(b *rig)
		want   end
	}{
		"no version": {keys: building("model: " + fake.NoVersionID), want: end{run.Failed, final, false, 0, "no version", "has no version yet"}},
		"no model": {keys: building(`model: "0000000000"`),
			want: end{run.Failed, final, false, 0, "not found", "model 0000000000 of project " + fake.HouseID}},
		"no project": {keys: strings.Replace(building(small), fake.HouseID, "c0ffee0000", 1),
			want: end{run.Failed, final, false, 0, "not found", "of project c0ffee0000: "}},
		"a path that nothing has": {keys: building(small + ", properties: { fire: Fyre Rating }"),
			want: end{run.Failed, final, false, 0, "path", `no element of the version has the path "Fyre Rating"; similar: `}},
		"nothing is as where says": {keys: building(small + ", where: { category: Roofs }"),
			want: end{run.Failed, final, false, 0, "no match", "none of the version's 3 elements matches where"}},
		"an empty id": {keys: forEach(`{id: ""}`, "") + building("model: '{each.id}'"),
			want: end{run.Failed, final, false, 0, "item", "elements: model: it is empty: it has to be an id"}},
		"select fails": {keys: building(small) + "    select: '.name | tonumber'\n",
			want: end{run.Failed, final, false, 0, "select", "select, on record 1: "}},
		"too much": {keys: building(small) + "    select: '{a: (\"x\" * 100000)}'\n    max_bytes: 150KiB\n",
			want: end{run.Failed, final, false, 0, "", "max_bytes allows"}},
		"objects that name more than the closure": {keys: building(small + ", allow_empty: true"), before: unlisted,
			want: end{run.Failed, final, false, 0, "broken version", "which its closure lacks: the version is incomplete"}},
		"no element in a bundle": {keys: building(small + ", properties: { fire: Fire Rating }"), before: emptyBundle,
			want: end{run.Failed, final, false, 0, "no elements", "the version has no building elements at all: allow_empty: true allows that"}},
		"no element in a graph": {keys: building(small), before: emptyGraph, want: end{run.Failed, final, false, 0, "no elements",
			"no building elements at all, none of its 2 objects is one, and whoever published it reported 2: allow_empty: true allows that"}},
		"a broken bundle": {keys: building(small), before: func(b *rig) {
			b.server.PublishBundle(fake.HouseID, fake.SmallBundleID, func(dir, prefix string) (map[string]string, error) {
				faults := sample.Faults()
				return faults[slices.IndexFunc(faults, func(f sample.Fault) bool { return f.Name == "first page overwritten" })].Write(dir, prefix)
			})
		}, want: end{run.Failed, final, false, 0, "broken version", "version "}},
	} {
		t.Run(name, func(t *testing.T) {
			b := newRig(t)
			b.put("out.ndjson", "yesterday's")
			if c.before != nil {
				c.before(b)
			}
			before := b.tree()
			result := b.attempt(b.job(c.keys+to), 1)
			if c.want.cause == "" {
				c.want.cause = result.Cause
			}
			b.ended(result, c.want)
			b.holds(before)
		})
	}
}

// TestAVersionThatThisMachineCantRead is no broken version: another attempt may read it.
func TestAVersionThatThisMachineCantRead(t *testing.T) {
	for kind, model := range map[string]string{
		"bundle's .eav.objects.parquet": small,
		"object graph's objects":        "model: " + fake.SmallGraphID,
	} {
		t.Run(kind, func(t *testing.T) {
			b := newRig(t)
			b.put("out.ndjson", "yesterday's")
			before := b.tree()
			result := b.attempt(b.job(building(model)+"    outputs: [{ file: out.ndjson }]\n"), 1, func(r *run.Request) {
				r.Progress = func(run.Progress) {
					for _, name := range []string{"eav.objects.parquet", "objects"} {
						came, _ := filepath.Glob(filepath.Join(b.dir, ".runner", "sessions", "*", "*", "*", "data", name))
						for _, file := range came {
							_ = os.Remove(file)
						}
					}
				}
			})
			b.ended(result, end{run.Failed, false, false, 0, result.Cause, "the " + kind + " can't be read on this machine: "})
			if result.Reason != "files" || result.Cause == "broken version" {
				t.Errorf("reason %q, cause %q", result.Reason, result.Cause)
			}
			b.holds(before)
		})
	}
}

// publishesGraph adds a version of the small house as an object graph, with another root.
func (b *rig) publishesGraph(g graphs.Graph, root func(text string) string) {
	g.Root.JSON = []byte(root(string(g.Root.JSON)))
	b.server.PublishGraph(fake.HouseID, fake.SmallBundleID, g)
}

// unlisted has a closure without one object.
func unlisted(b *rig) {
	b.publishesGraph(graphs.Of("Small", sample.Small()), func(text string) string {
		before, _, _ := strings.Cut(text, `,"__closure":`)
		return before + "}"
	})
}

// emptyGraph has two objects, a folder and a mesh.
func emptyGraph(b *rig) {
	b.publishesGraph(graphs.Of("Empty", nothing()), func(text string) string { return text })
}

// nothing is a bundle without an element.
func nothing() sample.Bundle {
	b := sample.Small()
	for _, t := range b.Tables {
		if t.Suffix != sample.RelTypes && t.Suffix != sample.NodeKinds {
			t.Rows = 0
			b = b.With(t)
		}
	}
	return b
}

func emptyBundle(b *rig) {
	b.server.PublishBundle(fake.HouseID, fake.SmallBundleID, func(dir, prefix string) (map[string]string, error) {
		return nothing().Write(dir, prefix, sample.Layout{})
	})
}

// TestNoElementsMayBe: with allow_empty, a version without any is an export of a head
// alone, whatever is asked for.
func TestNoElementsMayBe(t *testing.T) {
	for name, before := range map[string]func(*rig){"a bundle": emptyBundle, "a graph": emptyGraph} {
		b := newRig(t)
		before(b)
		result := b.attempt(b.job(building(small+", allow_empty: true, where: { Mark: 7 }, properties: { fire: Fire Rating }")+
			"    select: '{id, fire}'\n    outputs: [{ file: out.csv, columns: [id, fire] }]\n"), 1)
		if result.State != run.Succeeded || result.Records != 0 || b.read("out.csv") != "id,fire\n" {
			t.Errorf("%s: %s with %d records: %s", name, result.State, result.Records, result.Error)
		}
	}
}

// TestAVersionIsReadOnce: while all outputs hold what the job made of the newest
// version, it isn't brought here again.
func TestAVersionIsReadOnce(t *testing.T) {
	keys := building(small) + "    outputs: [{ file: house.csv, only_if_changed: true }, { " + hookAt +
		", only_if_changed: true, send: summary }]\n"
	night := func(n *nights, keys string) (*run.Result, bool) {
		n.t.Helper()
		n.day++
		read := n.versionsRead()
		result := n.attempt(n.job(keys), 1, n.of(n.day))
		if result.State != run.Succeeded {
			n.t.Fatal(result.State, result.Error)
		}
		n.remember(result)
		return result, n.versionsRead() > read
	}
	n := newNights(t)
	if first, read := night(n, keys); !read || first.Records != 3 || len(first.Owed) != 1 || len(first.Files) != 1 {
		t.Fatalf("%+v", first)
	}
	second, read := night(n, keys)
	if read || !slices.Equal(second.Unchanged, []int{1, 2}) || second.Records != 3 ||
		len(second.Marks)+len(second.Renewed)+len(second.Owed) > 0 {
		t.Errorf("the same version: read %t, %+v", read, second)
	}
	// Another version that holds the same: nothing is published, and it is known from now on.
	id := n.publishes(fake.SmallBundleID)
	third, read := night(n, keys)
	if !read || !slices.Equal(third.Unchanged, []int{1, 2}) || len(third.Renewed) != 2 ||
		!strings.Contains(third.Renewed[0].Content, " version "+id+" ") {
		t.Errorf("another version, the same elements: read %t, %+v", read, third)
	}
	if fourth, read := night(n, keys); read || len(fourth.Unchanged) != 2 {
		t.Errorf("the other version again: read %t, unchanged %v", read, fourth.Unchanged)
	}
	// One of the outputs is gone: it is read, and that one is published.
	n.remove("house.csv")
	if fifth, read := night(n, keys); !read || !slices.Equal(fifth.Unchanged, []int{2}) || !strings.Contains(n.read("house.csv"), "d-1") {
		t.Errorf("a file was removed: read %t, unchanged %v", read, fifth.Unchanged)
	}
	// A dry run shows records, whatever is known.
	if dried := n.attempt(n.job(keys), 1, n.of(n.day), dry); len(dried.Sample) != 3 {
		t.Errorf("a dry run shows %q", dried.Sample)
	}
	// Another job makes something else of the version.
	if other, read := night(n, strings.Replace(keys, small, small+", where: { category: Doors }", 1)); !read || other.Records != 2 {
		t.Errorf("the job has changed: read %t, %d records", read, other.Records)
	}
}

// TestElementsOfEachModel: every item has a version of its own, which its file, its
// manifest and its records name; one that has none is left out, or fails the run.
func TestElementsOfEachModel(t *testing.T) {
	models := func(onError string, ids ...string) string {
		return forEach(`("`+strings.Join(ids, `", "`)+`") | {model: .}`, ", on_error: "+onError) +
			building(`model: "{each.model}", properties: { area: Area }`) + "    select: '{id, area, of: $version.id}'\n" +
			"    outputs: [{ file: all.csv, manifest: true }, { file: \"each/{version.model}.parquet\", manifest: true }]\n"
	}
	b := newRig(t)
	result := b.attempt(b.job(models("skip", fake.SmallBundleID, fake.NoVersionID, fake.SmallGraphID)), 1)
	files := slices.Sorted(maps.Keys(b.tree()))
	want := []string{"all.csv", "all.csv.manifest.json"}
	for _, id := range []string{fake.SmallBundleID, fake.SmallGraphID} {
		want = append(want, "each/"+id+".parquet", "each/"+id+".parquet.manifest.json")
		if text := b.read("each/" + id + ".parquet.manifest.json"); !strings.Contains(text, `"model": "`+id+`"`) {
			t.Errorf("%s", text)
		}
	}
	if result.State != run.Succeeded || result.Records != 6 || !slices.Equal(files, want) || len(result.Warnings) < 2 ||
		result.Warnings[0] != "skipped 1 of 3 items" || strings.Contains(b.read("all.csv.manifest.json"), `"version":`) {
		t.Errorf("%s %s: %d records, %q, %q", result.State, result.Error, result.Records, files, result.Warnings)
	}

	b = newRig(t)
	fails := b.job(models("fail", fake.SmallBundleID, fake.NoVersionID))
	b.ended(b.attempt(fails, 1), end{run.Failed, true, false, 0, "no version", `for_each, item 2 {"model":"` + fake.NoVersionID + `"}: `})
	b.holds(map[string]string{})
}

// TestElementsOfAnItemAreKept: an item that was read isn't read again by the next
// attempt, which still knows its version and its columns.
func TestElementsOfAnItemAreKept(t *testing.T) {
	keys := forEach(`("`+fake.SmallBundleID+`", "`+fake.SmallGraphID+`") | {model: .}`, ", concurrency: 1") +
		building(`model: "{each.model}", properties: { area: Area }`) +
		"    outputs: [{ file: \"{version.model}.csv\", manifest: true }]\n"
	whole := newRig(t)
	if result := whole.attempt(whole.job(keys), 1); result.State != run.Succeeded {
		t.Fatal(result.Error)
	}
	b := newRig(t)
	b.folder(fake.SmallGraphID + ".csv") // nothing can be put there
	if first := b.attempt(b.job(keys), 1); first.State != run.Failed || first.Final || len(b.kept()) == 0 {
		t.Fatalf("%s %s, kept %v", first.State, first.Error, b.kept())
	}
	b.remove(fake.SmallGraphID + ".csv")
	read := b.versionsRead()
	second := b.attempt(b.job(keys), 2)
	if second.State != run.Succeeded || b.versionsRead() != read {
		t.Errorf("%s %s, %d requests for files", second.State, second.Error, b.versionsRead()-read)
	}
	got, want := b.tree(), whole.tree()
	for _, id := range []string{fake.SmallBundleID, fake.SmallGraphID} {
		manifest := got[id+".csv.manifest.json"]
		if got[id+".csv"] != want[id+".csv"] || !strings.Contains(manifest, `"model": "`+id+`"`) {
			t.Errorf("%s: %q, want %q\n%s", id, got[id+".csv"], want[id+".csv"], manifest)
		}
	}
}

// TestARunOfAVersion: its ids stand in paths, variables, programs and manifests, of a
// query and of elements; and another version has come by then.
func TestARunOfAVersion(t *testing.T) {
	b := newRig(t)
	id := b.publishes(fake.SmallBundleID)
	b.publishes(fake.SmallBundleID)
	of := func(r *run.Request) {
		r.Of = version.Ref{Project: fake.HouseID, Model: fake.SmallBundleID, Version: id}
	}
	const outputs = "    outputs: [{ file: \"{version.model}/{version}.json\", manifest: true }]\n"
	on := "    on_version: { project: " + fake.HouseID + " }\n"
	for name, keys := range map[string]string{
		"elements": on + building(`model: "{version.model}"`) + "    select: '{version: $version.id}'\n" + outputs,
		"a query": on + "    query: 'query V($v: String!) { project(id: \"" + fake.HouseID + "\") { version(id: $v) { id } } }'\n" +
			"    variables: { v: \"{version}\" }\n    select: '{version: $version.id, asked: .project.version.id}'\n" + outputs,
	} {
		result := b.attempt(b.jobOf(keys), 1, of)
		path := fake.SmallBundleID + "/" + id + ".json"
		if result.State != run.Succeeded || len(result.Files) != 1 || result.Files[0].Path != path {
			t.Errorf("%s: %s %s, %+v", name, result.State, result.Error, result.Files)
			continue
		}
		if text := b.read(path); !strings.Contains(text, fmt.Sprintf(`"version":%q`, id)) ||
			name == "a query" && !strings.Contains(text, fmt.Sprintf(`"asked":%q`, id)) {
			t.Errorf("%s: %s", name, text)
		}
		if text := b.read(path + ".manifest.json"); !strings.Contains(text, fmt.Sprintf(`"id": %q`, id)) {
			t.Errorf("%s: %s", name, text)
		}
	}
}

// mixed is a house whose areas are in two units.
func mixed(dir, prefix string) (map[string]string, error) {
	return sample.Mixed().Write(dir, prefix, sample.Layout{})
}

// TestWhatCannotBeRemovedIsNoFaultOfTheRun: a scratch folder that somebody has put a
// file in place of, as one in which a virus scanner on Windows has a file open, stays
// for the next start. The records were read, and are published.
func TestWhatCannotBeRemovedIsNoFaultOfTheRun(t *testing.T) {
	b := newRig(t)
	replaced := false
	result := b.attempt(b.job(building(small)+"    outputs: [{ file: out.ndjson }]\n"), 1, func(r *run.Request) {
		r.Progress = func(p run.Progress) {
			if p.Records == 0 || replaced {
				return
			}
			found, err := filepath.Glob(filepath.Join(b.dir, ".runner", "sessions", "*", "*", "version-*"))
			if err != nil || len(found) != 1 {
				t.Fatalf("%v, %v", found, err)
			}
			scratch := filepath.Dir(found[0])
			if err := errors.Join(os.Rename(scratch, filepath.Join(t.TempDir(), "away")), os.WriteFile(scratch, nil, 0o600)); err != nil {
				t.Fatal(err)
			}
			replaced = true
		}
	})
	if result.State != run.Succeeded || result.Records != 3 || !replaced {
		t.Errorf("%s with %d records: %s", result.State, result.Records, result.Error)
	}
	if log := b.log.String(); !strings.Contains(log, "wasn't all removed: the next start does it") {
		t.Errorf("the log says nothing of it: %s", log)
	}
}
