package run_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"speckle-runner/internal/run"
	"speckle-runner/internal/speckle/fake"
	"speckle-runner/internal/speckle/version"
)

// A bundle whose files don't come is waited for within the attempt, two minutes
// long; then the error names both that it can mean, and another attempt may help.
func TestABundleThatIsNotReady(t *testing.T) {
	inBubble(t, func(b *rig) {
		job := b.job("    elements: { project: " + fake.HouseID + ", model: " + fake.SmallBundleID + " }\n    outputs: [{ file: walls.csv }]\n")
		id := b.server.PublishBundle(fake.HouseID, fake.SmallBundleID,
			func(string, string) (map[string]string, error) { return nil, errors.New("not yet") })
		b.server.Withhold(id, -1)
		began := time.Now()
		result := b.attempt(job, 1)
		if result.State != run.Failed || result.Final || time.Since(began) < 2*time.Minute {
			t.Errorf("%s after %s, final: %v", result.State, time.Since(began), result.Final)
		}
		for _, want := range []string{"version " + id, "aren't ready yet", "may not have them"} {
			if !strings.Contains(result.Error, want) {
				t.Errorf("%s lacks %q", result.Error, want)
			}
		}
		if _, err := os.Stat(filepath.Join(b.dir, "walls.csv")); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("there is a file: %v", err)
		}
	})
}

// A run of a job that is about a version each, and that is of none, reads
// nothing, and says how one is made.
func TestARunOfNoVersion(t *testing.T) {
	b := newRig(t)
	job := b.jobOf("    on_version: { project: " + fake.HouseID + " }\n    query: 'query V($v: String!) { project(id: \"" + fake.HouseID +
		"\") { version(id: $v) { id } } }'\n" +
		"    variables: { v: \"{version}\" }\n    outputs: [{ file: v.csv }]\n")
	result := b.attempt(job, 1)
	if result.State != run.Failed || !result.Final || !strings.Contains(result.Error, "runner run one --version ID") || b.server.Count() > 0 {
		t.Errorf("%s, final %v, %d requests", result.Error, result.Final, b.server.Count())
	}
	result = b.attempt(job, 1, func(r *run.Request) { r.Of = version.Ref{Project: fake.HouseID, Version: "0000000000"} })
	if result.State != run.Failed || !strings.Contains(result.Error, "version 0000000000 of project "+fake.HouseID) {
		t.Error(result.Error)
	}
}
