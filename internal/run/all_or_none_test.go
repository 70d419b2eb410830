package run_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"speckle-runner/internal/output/outputtest"
	"speckle-runner/internal/run"
)

// set is what a job with several files publishes.
const set = `    outputs:
      - { file: deep/a.csv, latest: latest.csv, manifest: true }
      - { file: b.ndjson }
      - { file: c.json }
`

// yesterday is what lies where the set goes; there is no b.
var yesterday = map[string]string{
	"deep/a.csv": "yesterday's", "deep/a.csv.manifest.json": "{}", "latest.csv": "yesterday's", "c.json": "yesterday's",
}

// stopped is one way in which a run doesn't get its set into place.
type stopped struct {
	keys   string // of the job, "": the set
	before func(b *rig)
	change func(b *rig, r *run.Request)
	end    end
}

// refuses lets the renames to a target fail.
func refuses(target string, err error) func(b *rig) {
	return func(b *rig) {
		b.out.OnRename(func(to string) error {
			if to == filepath.FromSlash(target) {
				return err
			}
			return nil
		})
	}
}

// TestAllFilesOrNone: whatever stands in the way of one file, and however far the
// others were, the folder is as it was before; and once it is out of the way, the next
// attempt puts all of them there.
func TestAllFilesOrNone(t *testing.T) {
	const final = true
	lost := errors.New("the run is held by node b")
	files := func(says string) end { return end{run.Failed, false, false, 0, "", says} }
	for name, c := range map[string]stopped{
		"the disk is full at the first": {before: refuses("deep/a.csv", full("deep/a.csv")),
			end: files("publish deep/a.csv: no space left on device (nothing was published): make room on the disk of ")},
		"the disk is full at the copy": {before: refuses("latest.csv", full("latest.csv")),
			end: files("publish latest.csv: no space left on device")},
		"the disk is full at the last": {before: refuses("c.json", full("c.json")), end: files("publish c.json: no space left on device")},
		"of the manifest":              {before: refuses("deep/a.csv.manifest.json", full("m")), end: files("deep/a.csv.manifest.json")},
		"a folder has the name":        {before: func(b *rig) { b.folder("b.ndjson") }, end: end{run.Failed, false, false, 0, "", "b.ndjson"}},
		"a file has the folder's name": {keys: strings.Replace(set, "b.ndjson", "x/b.ndjson", 1), before: func(b *rig) { b.put("x", "a file") },
			end: end{run.Failed, false, false, 0, "", "x"}},
		"one may not be replaced": {keys: strings.Replace(set, "file: c.json", "file: c.json, overwrite: false", 1),
			end: end{run.Failed, final, false, 0, "exists", "c.json: the file exists already"}},
		"a value doesn't fit the last": {keys: set + "      - { file: d.csv, columns: [{name: id, path: id, type: int}] }\n",
			end: end{run.Failed, final, false, 0, "type", "output 4: d.csv: record 1"}},
		"a message can't be made": {keys: set + "      - { webhook: \"http://127.0.0.1:9/\", body: error }\n",
			end: end{run.Failed, final, false, 0, "message", "output 4: body: "}},
		"the ledger fails before": {change: held(func(int) error { return lost }),
			end: end{run.Failed, false, false, 0, "the run is held by node b", "the run is held by node b"}},
		"the ledger fails in the middle": {change: held(func(asked int) error { return map[bool]error{true: lost}[asked > 2] }),
			end: end{run.Failed, false, false, 0, "", ": the run is held by node b"}},
		"it is canceled in the middle": {change: canceledAt("c.json"),
			end: end{run.Interrupted, false, false, 0, "the runner is shutting down", "the runner is shutting down"}},
		"the program breaks in between": {before: func(b *rig) { b.out.OnRename(panicsAt("c.json")) },
			end: end{run.Failed, false, false, 0, "", "out of luck"}},
		"there is no room for the spool": {before: func(b *rig) { b.put(".runner", "") },
			end: end{run.Failed, false, false, 0, "", "not a directory"}},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(b *rig) {
				for file, text := range yesterday {
					b.put(file, text)
				}
				keys := tower + cmp.Or(c.keys, set)
				if c.before != nil {
					c.before(b)
				}
				before := b.tree()
				result := b.attempt(b.job(keys), 1, func(r *run.Request) {
					if c.change != nil {
						c.change(b, r)
					}
				})
				if c.end.cause == "" {
					c.end.cause = result.Cause
				}
				b.ended(result, c.end)
				b.holds(before)
				if left := b.underWay(); len(left) > 0 || result.Bytes != 0 {
					t.Errorf("%d bytes, and this is left: %v", result.Bytes, left)
				}
				if c.keys != "" || name == "a folder has the name" || name == "there is no room for the spool" {
					return
				}
				b.out.OnRename(nil)
				b.ctx = nil
				b.complete(b.attempt(b.job(keys), 2))
			})
		})
	}
}

// full is what a full disk says.
func full(name string) error { return &os.PathError{Op: "rename", Path: name, Err: syscall.ENOSPC} }

// held lets the ledger answer so, and each answer pass before the next file.
func held(answer func(asked int) error) func(*rig, *run.Request) {
	return func(b *rig, r *run.Request) {
		asked := 0
		r.Hold = func(context.Context) (time.Time, error) {
			asked++
			return time.Now().Add(time.Second), answer(asked)
		}
		b.out.OnRename(func(string) error { asleep(2 * time.Second); return nil })
	}
}

// canceledAt ends a run from outside while a file is put into place.
func canceledAt(target string) func(*rig, *run.Request) {
	return func(b *rig, r *run.Request) {
		ctx, cancel := context.WithCancelCause(b.t.Context())
		b.out.OnRename(func(to string) error {
			if to == target {
				cancel(errStop)
				return ctx.Err()
			}
			return nil
		})
		r.Progress = func(p run.Progress) {}
		b.ctx = ctx
	}
}

func panicsAt(target string) func(string) error {
	return func(to string) error {
		if to == target {
			panic("out of luck")
		}
		return nil
	}
}

func (b *rig) folder(name string) {
	b.t.Helper()
	if err := os.MkdirAll(filepath.Join(b.dir, name), 0o750); err != nil {
		b.t.Fatal(err)
	}
}

// complete fails when a run hasn't put the whole set in place, or tells other figures
// of it than lie there.
func (b *rig) complete(result *run.Result) {
	b.t.Helper()
	got, bytes := b.tree(), int64(0)
	want := map[string]string{"deep/a.csv": "140 {", "b.ndjson": "140 {", "c.json": "140 {"}
	for _, f := range result.Files {
		if want[f.Path] == "" || f.Records != 140 || f.Bytes != int64(len(got[f.Path])) || f.Output != f.Path || len(f.SHA256) != 64 {
			b.t.Errorf("%+v, and %d bytes lie there", f, len(got[f.Path]))
		}
		bytes += f.Bytes
	}
	if result.State != run.Succeeded || len(result.Files) != 3 || result.Bytes != bytes || len(got) != 5 ||
		got["latest.csv"] != got["deep/a.csv"] ||
		strings.Count(got["b.ndjson"], "\n") != 140 || !strings.Contains(got["deep/a.csv.manifest.json"], `"one@20260302T023000Z"`) {
		b.t.Errorf("%s %s, %d files, %d bytes, %q", result.State, result.Error, len(result.Files), result.Bytes, outputtest.Short(got))
	}
}

// TestAllFilesAreThere, also on a folder that is empty.
func TestAllFilesAreThere(t *testing.T) {
	b := newRig(t)
	b.complete(b.attempt(b.job(tower+set), 1))
}

// TestTwoItemsOfOnePath: items whose files would have one name fail the run, for one
// of them would be lost.
func TestTwoItemsOfOnePath(t *testing.T) {
	b := newRig(t)
	b.put("one/1.json", "yesterday's")
	before := b.tree()
	result := b.attempt(b.job(b.items(`{id: "$TOWER", n: 1}, {id: "$TOWER", n: 1, name: "again"}`)), 1)
	if result.State != run.Failed || !strings.Contains(result.Error, "one/1.json") {
		t.Errorf("%s %s", result.State, result.Error)
	}
	b.holds(before)
}

// TestWhatOnlyThisRunMayReplace: an attempt after one that was cut off replaces what
// that one wrote, and nothing else.
func TestWhatOnlyThisRunMayReplace(t *testing.T) {
	const once = "    outputs: [{ file: out.ndjson, overwrite: false }]\n"
	resumed := func(r *run.Request) { r.Resumed = true }
	other := func(r *run.Request) { r.Run = "one@20260303T023000Z" }
	for name, c := range map[string]struct {
		between func(b *rig)
		change  []func(*run.Request)
		state   run.State
	}{
		"cut off":          {change: []func(*run.Request){resumed}, state: run.Succeeded},
		"not cut off":      {state: run.Failed},
		"another's run":    {change: []func(*run.Request){resumed, other}, state: run.Failed},
		"somebody's file":  {between: func(b *rig) { b.put("out.ndjson", "theirs") }, change: []func(*run.Request){resumed}, state: run.Failed},
		"it was taken off": {between: func(b *rig) { b.remove("out.ndjson") }, state: run.Succeeded},
	} {
		t.Run(name, func(t *testing.T) {
			b := newRig(t)
			job := b.job(tower + once)
			if first := b.attempt(job, 1); first.State != run.Succeeded {
				t.Fatal(first.Error)
			}
			if c.between != nil {
				c.between(b)
			}
			before := b.tree()
			result := b.attempt(job, 2, c.change...)
			if result.State != c.state || c.state == run.Failed && result.Cause != "exists" {
				t.Errorf("%s %s", result.State, result.Error)
			}
			if c.state == run.Failed {
				b.holds(before)
			}
		})
	}
}

func (b *rig) remove(name string) {
	b.t.Helper()
	if err := os.Remove(filepath.Join(b.dir, filepath.FromSlash(name))); err != nil {
		b.t.Fatal(err)
	}
}

// TestALateTickLeavesWhatIsNewer: the run of an older tick publishes its own files, and
// neither the latest export nor a file that all runs share goes back in time.
func TestALateTickLeavesWhatIsNewer(t *testing.T) {
	const keys = `    outputs:
      - { file: "day/{date}.ndjson", latest: latest.ndjson }
      - { file: shared.ndjson }
`
	n := newNights(t)
	n.shelf.put([]string{model("a", 1)})
	n.good(keys)
	n.shelf.put([]string{model("b", 2)})
	n.good(keys)
	newest := n.tree()

	n.shelf.put([]string{model("c", 3)})
	n.day -= 2
	late := n.attempt(n.job(n.shelved(keys)), 1, n.of(n.day))
	n.warned(late, fmt.Sprintf("shared.ndjson is left as it is: run %s, of a later tick, wrote it", runID(2)))
	newest["day/2026-03-02.ndjson"] = `{"id":"c","name":"Model c","n":3}` + "\n"
	n.holds(newest)
	if len(late.Files) != 1 || late.Files[0].Path != "day/2026-03-02.ndjson" {
		t.Errorf("it says that it wrote %+v", late.Files)
	}
	if log := n.log.String(); !strings.Contains(log, "the latest export is left as it is") {
		t.Errorf("the log doesn't say so: %s", log)
	}
}
