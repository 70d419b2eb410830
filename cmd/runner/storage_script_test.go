package main

import (
	"fmt"
	"maps"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/rogpeppe/go-internal/testscript"

	"speckle-runner/internal/output/blob/blobtest"
)

// setUpStorage gives a script a bucket of its own: addresses begin with
// $STORAGE and end with $SETTINGS.
func setUpStorage(env *testscript.Env) {
	bucket := blobtest.New("s3")
	blobtest.Env(env.Setenv)
	env.Setenv("STORAGE", strings.TrimSuffix(bucket.Path(""), "/"))
	env.Setenv("SETTINGS", bucket.Settings())
	env.Values["bucket"] = bucket
}

func bucketOf(ts *testscript.TestScript) *blobtest.Bucket {
	return ts.Value("bucket").(*blobtest.Bucket)
}

// objects FILE: writes what the bucket holds, a line for each: key, kind, size.
func listObjects(ts *testscript.TestScript, _ bool, args []string) {
	var text strings.Builder
	all := bucketOf(ts).Objects()
	for _, key := range slices.Sorted(maps.Keys(all)) {
		fmt.Fprintf(&text, "%s %s %d\n", key, all[key].ContentType, len(all[key].Content))
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(text.String()), 0o600))
}

// object KEY FILE: reads an object.
func readObject(ts *testscript.TestScript, _ bool, args []string) {
	o, there := bucketOf(ts).Objects()[args[0]]
	if !there {
		ts.Fatalf("there is no object %s", args[0])
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), []byte(o.Content), 0o600))
}

// putobject KEY TEXT: somebody else's put.
func putObject(ts *testscript.TestScript, _ bool, args []string) { bucketOf(ts).Put(args[0], args[1]) }

// rmobject KEY: somebody else's removal.
func removeObject(ts *testscript.TestScript, _ bool, args []string) { bucketOf(ts).Remove(args[0]) }

// storage cut|deny|hang|none: what becomes of puts from now on. Of three that
// are cut the run's first attempt dies. storage stuck: nothing is removed.
func breakStorage(ts *testscript.TestScript, _ bool, args []string) {
	bucket := bucketOf(ts)
	var seen atomic.Int64
	faults := map[string]func(http.ResponseWriter, *http.Request){
		"deny": func(w http.ResponseWriter, _ *http.Request) { bucket.Refuse(w, http.StatusForbidden, "AccessDenied") },
		"cut": func(w http.ResponseWriter, r *http.Request) {
			if seen.Add(1) <= 2 { // as many as the client tries
				blobtest.Cut(w, r, 100)
			}
			bucket.Serve(w, r)
		},
		"hang": func(_ http.ResponseWriter, r *http.Request) {
			seen.Add(1)
			ts.Check(os.WriteFile(ts.MkAbs("hanging"), []byte("a put is under way\n"), 0o600))
			<-r.Context().Done()
		},
	}
	fault := faults[args[0]]
	bucket.Fault(func(w http.ResponseWriter, r *http.Request) bool {
		if args[0] == "stuck" && r.Method == http.MethodDelete {
			bucket.Refuse(w, http.StatusForbidden, "AccessDenied")
			return true
		}
		if fault == nil || !bucket.Sends(r) {
			return false
		}
		fault(w, r)
		return true
	})
}
