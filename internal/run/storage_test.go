package run_test

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"speckle-runner/internal/output/blob/blobtest"
	"speckle-runner/internal/run"
)

// TestFilesAndObjectsAreOneSet: what goes to a bucket and what goes to the folder is
// published together, or neither is.
func TestFilesAndObjectsAreOneSet(t *testing.T) {
	blobtest.Env(t.Setenv)
	refused := func(key string) func(b *rig, bucket *blobtest.Bucket) {
		return func(_ *rig, bucket *blobtest.Bucket) {
			bucket.Fault(func(w http.ResponseWriter, r *http.Request) bool {
				if !bucket.Sends(r) || !strings.HasSuffix(r.URL.Path, key) {
					return false
				}
				bucket.Refuse(w, http.StatusForbidden, "AccessDenied")
				return true
			})
		}
	}
	const one = "    outputs:\n      - file: \"$B/c.json$S\"\n"
	const two = one + "      - file: a.ndjson\n      - { file: \"$B/b.ndjson$S\", latest: \"$B/latest.ndjson$S\" }\n"
	for name, c := range map[string]struct {
		keys   string
		before func(b *rig, bucket *blobtest.Bucket)
		state  run.State
		final  bool
	}{
		"all":                  {keys: two, state: run.Succeeded},
		"one alone":            {keys: one, state: run.Succeeded},
		"one alone is refused": {keys: one, before: refused("c.json"), state: run.Failed, final: true},
		"the first object":     {keys: two, before: refused("b.ndjson"), state: run.Failed, final: true},
		"the last object":      {keys: two, before: refused("c.json"), state: run.Failed, final: true},
		"the copy":             {keys: two, before: refused("latest.ndjson"), state: run.Failed, final: true},
		"the file":             {keys: two, before: func(b *rig, _ *blobtest.Bucket) { refuses("a.ndjson", full("a"))(b) }, state: run.Failed},
		"the file has a folder's": {keys: two, before: func(b *rig, _ *blobtest.Bucket) { b.remove("a.ndjson"); b.folder("a.ndjson") },
			state: run.Failed},
		"there is no such bucket": {keys: strings.ReplaceAll(one, "$B", "s3://nowhere"), state: run.Failed, final: true},
	} {
		t.Run(name, func(t *testing.T) {
			b, bucket := newRig(t), blobtest.New("s3")
			b.put("a.ndjson", "yesterday's")
			bucket.Put("c.json", "yesterday's")
			if c.before != nil {
				c.before(b, bucket)
			}
			before := fmt.Sprint(b.tree(), contents(bucket))
			keys := strings.NewReplacer("$B", strings.TrimSuffix(bucket.Path(""), "/"), "$S", bucket.Settings()).Replace(c.keys)
			result := b.attempt(b.job(tower+keys), 1)
			if result.State != c.state || result.Final != c.final {
				t.Fatalf("%s, final %t: %s", result.State, result.Final, result.Error)
			}
			if result.State == run.Failed {
				if after := fmt.Sprint(b.tree(), contents(bucket)); after != before || len(result.Files) > 0 {
					t.Errorf("before %.300s\nafter  %.300s\n%+v", before, after, result.Files)
				}
				return
			}
			for _, f := range result.Files {
				text, there := b.tree()[f.Path], true
				if key, is := strings.CutPrefix(f.Path, bucket.Path("")); is {
					text, there = contents(bucket)[key], contents(bucket)[key] != ""
				}
				if !there || int64(len(text)) != f.Bytes || f.Records != 140 {
					t.Errorf("%+v, and %d bytes lie there", f, len(text))
				}
			}
			keysThere := slices.Sorted(maps.Keys(contents(bucket)))
			if want := map[bool]int{true: 3, false: 1}[c.keys == two]; len(result.Files) != want || len(keysThere) != want ||
				contents(bucket)["latest.ndjson"] != contents(bucket)["b.ndjson"] {
				t.Errorf("%d files, the bucket holds %v", len(result.Files), keysThere)
			}
		})
	}
}

// contents are what a bucket holds.
func contents(b *blobtest.Bucket) map[string]string {
	all := map[string]string{}
	for key, o := range b.Objects() {
		all[key] = o.Content
	}
	return all
}

// TestAnUnchangedObjectStays in its bucket, and is put again where it was removed.
func TestAnUnchangedObjectStays(t *testing.T) {
	blobtest.Env(t.Setenv)
	n, bucket := newNights(t), blobtest.New("s3")
	keys := "    outputs: [{ file: \"" + bucket.Address("out.ndjson") + "\", only_if_changed: true, manifest: true }]\n"
	n.shelf.put(shelfOf(1))
	n.good(keys)
	if same := n.good(keys); len(same.Unchanged) != 1 {
		t.Errorf("the same: %+v: %s", same.Files, n.log.String())
	}
	bucket.Remove("out.ndjson.manifest.json")
	if gone := n.good(keys); len(gone.Unchanged) != 0 || len(contents(bucket)) != 2 {
		t.Errorf("its manifest was removed: unchanged %v, %v", gone.Unchanged, contents(bucket))
	}
	bucket.Put("out.ndjson", "somebody's")
	if other := n.good(keys); len(other.Unchanged) != 0 || contents(bucket)["out.ndjson"] == "somebody's" {
		t.Errorf("it was replaced: unchanged %v", other.Unchanged)
	}
}
