package output_test

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"os"
	"slices"
	"sync/atomic"
	"testing"

	"speckle-runner/internal/output"
	"speckle-runner/internal/output/blob"
	"speckle-runner/internal/output/blob/blobtest"
	"speckle-runner/internal/output/format"
	"speckle-runner/internal/output/outputtest"
	"speckle-runner/internal/output/record"
	"speckle-runner/internal/output/target"
)

func init() { //nolint:gochecknoinits // the tests that need it run side by side
	if os.Getenv("OUTPUT_TEST_CHILD") == "" {
		blobtest.Env(func(name, value string) { os.Setenv(name, value) })
	}
}

// storageTarget publishes into a cloud's storage, with a latest copy and a
// manifest.
type storageTarget struct {
	t      *testing.T
	format format.Format
	bucket *blobtest.Bucket
	path   string
	dir    *output.Dir
	file   string
	latest string
}

func newStorageTarget(t *testing.T, scheme string, f format.Format) carrier {
	path := t.TempDir()
	return &storageTarget{
		t: t, format: f, bucket: blobtest.New(scheme), path: path, dir: openDir(t, path),
		file: "exports/day." + f.String(), latest: "latest." + f.String(),
	}
}

func (s *storageTarget) name() string { return s.bucket.Path(s.file) }

func (s *storageTarget) write(ctx context.Context, r record.Records) (int64, error) {
	defer s.bucket.Fault(nil)
	before := s.contents()
	p := blob.Begin(s.dir, target.Author{Run: "run"}, nil)
	defer p.Abort()
	object, err := p.Create(ctx, s.bucket.Address(s.file), target.CreateOptions{
		Format: s.format, Overwrite: true, Latest: s.bucket.Address(s.latest), Manifest: &target.Manifest{Job: "job"},
	})
	if err != nil {
		return 0, err
	}
	if err := format.Encode(ctx, object, s.format, r, format.Options{}); err != nil {
		return 0, fmt.Errorf("encode %s: %w", s.name(), err)
	}
	object.SetRecords(r.Count)
	if err := object.Close(); err != nil {
		return 0, err
	}
	if now := s.contents(); !maps.Equal(now, before) {
		s.t.Errorf("before the commit a reader sees %q", outputtest.Short(now))
	}
	files, err := p.Commit(ctx, nil)
	if err != nil {
		return 0, err
	}
	if text := s.contents()[s.file]; len(files) != 1 || files[0].Bytes != int64(len(text)) || files[0].SHA256 != outputtest.Sum(text) {
		s.t.Errorf("%+v doesn't fit the object of %d bytes", files, len(text))
	}
	return files[0].Records, nil
}

func (s *storageTarget) contents() map[string]string {
	all := map[string]string{}
	for key, object := range s.bucket.Objects() {
		all[key] = object.Content
	}
	return all
}

func (s *storageTarget) holds(t *testing.T, lines []string) {
	t.Helper()
	objects, manifest := s.contents(), target.ManifestPath(s.file)
	if keys := slices.Sorted(maps.Keys(objects)); !slices.Equal(keys, []string{s.file, manifest, s.latest}) {
		t.Fatalf("objects are %q", keys)
	}
	text := objects[s.file]
	if text != objects[s.latest] {
		t.Error("the latest copy is another export")
	}
	var m struct {
		Records, Bytes int
		SHA256         string
	}
	if err := json.Unmarshal([]byte(objects[manifest]), &m); err != nil || m.Records != len(lines) || m.Bytes != len(text) ||
		m.SHA256 != outputtest.Sum(text) {
		t.Errorf("manifest %+v, %v", m, err)
	}
	outputtest.ReadsBack(t, s.format, text, lines)
	outputtest.WantTree(t, s.path, nil) // no draft is left
}

// breakIt cuts the connection in the middle of the put, and refuses the second
// try for good.
func (s *storageTarget) breakIt() {
	var seen atomic.Int64
	s.bucket.Fault(func(w http.ResponseWriter, r *http.Request) bool {
		if !s.bucket.Sends(r) {
			return false
		}
		if seen.Add(1) == 1 {
			blobtest.Cut(w, r, 100)
		}
		s.bucket.Refuse(w, http.StatusForbidden, "AccessDenied")
		return true
	})
}
