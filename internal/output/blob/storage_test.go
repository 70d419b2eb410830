package blob_test

import (
	"net/http"
	"strings"
	"testing"

	"speckle-runner/internal/output/blob"
	"speckle-runner/internal/output/target"
)

// inStorage is where objects are removed from.
var inStorage target.Place = blob.Storage{}

// TestRemoveExport takes away what the runner wrote, with its manifest, and
// nothing that somebody has put there since.
func TestRemoveExport(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		o := options("csv", target.CreateOptions{Overwrite: true, Manifest: &target.Manifest{Job: "job"}})
		files, err := r.publish(t.Context(), "run-1", file{"a.csv", "a", o}, file{"b.csv", "b", o}, file{"c.csv", "c", o})
		if err != nil {
			t.Fatal(err)
		}
		r.Put("b.csv", "b") // the same bytes, and not ours
		r.Put("c.csv.manifest.json", "mine")
		r.Put("d.csv", "d")
		left := r.Objects()["b.csv.manifest.json"].Content
		for _, f := range append(files, files[0], target.Published{Path: r.Path("d.csv"), SHA256: sum("d")}) {
			if gone, err := inStorage.RemoveExport(t.Context(), f.Path+r.Settings(), f); err != nil || !gone {
				t.Errorf("%s: gone is %v, %v", f.Path, gone, err)
			}
		}
		r.holds(map[string]string{"b.csv": "b", "b.csv.manifest.json": left, "c.csv.manifest.json": "mine", "d.csv": "d"})
		r.Fault(func(w http.ResponseWriter, _ *http.Request) bool {
			r.Refuse(w, http.StatusForbidden, "AccessDenied")
			return true
		})
		_, err = inStorage.RemoveExport(t.Context(), r.Address("d.csv"), target.Published{})
		if err == nil || !strings.Contains(err.Error(), "look at "+r.Path("d.csv")+": access is denied") {
			t.Error(err)
		}
	})
	if _, err := inStorage.RemoveExport(t.Context(), "a.csv", target.Published{}); err == nil {
		t.Error("a local path is taken")
	}
}
