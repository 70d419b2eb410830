package version_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"speckle-runner/internal/speckle/fake"
	"speckle-runner/internal/speckle/version"
)

// TestGraphThatCannotBeWritten: what the system says of a file begins with what was being done.
func TestGraphThatCannotBeWritten(t *testing.T) {
	s := open(t)
	for name, what := range map[string]string{"root.json": "the root object", "objects": "the objects"} {
		o := s.options
		o.Dir = t.TempDir()
		if err := os.Symlink("/dev/full", filepath.Join(o.Dir, name)); err != nil {
			t.Fatal(err)
		}
		v := s.find(fake.SmallGraphID)
		if _, _, err := version.Fetch(t.Context(), v, o); err == nil || !strings.HasPrefix(err.Error(), "write "+what+" of version "+v.ID+": ") {
			t.Errorf("%v", err)
		}
	}
}
