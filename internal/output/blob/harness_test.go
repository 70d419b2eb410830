package blob_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"speckle-runner/internal/output"
	"speckle-runner/internal/output/blob"
	"speckle-runner/internal/output/blob/blobtest"
	"speckle-runner/internal/output/format"
	"speckle-runner/internal/output/target"
)

func TestMain(m *testing.M) {
	if os.Getenv("BLOB_DIR") == "" { // a child has its parent's
		blobtest.Env(func(name, value string) { os.Setenv(name, value) })
	}
	os.Exit(m.Run())
}

// room is a directory and a bucket.
type room struct {
	*blobtest.Bucket

	t    *testing.T
	path string
	dir  *output.Dir
}

func newRoom(t *testing.T, scheme string) *room {
	r := &room{Bucket: blobtest.New(scheme), t: t, path: t.TempDir()}
	var err error
	if r.dir, err = output.OpenDir(r.path); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.dir.Close() })
	return r
}

// file is one that a run publishes.
type file struct {
	key, text string
	options   target.CreateOptions
}

func options(name string, o target.CreateOptions) target.CreateOptions {
	f, _ := format.Parse(name)
	o.Format = f
	return o
}

var replace = options("csv", target.CreateOptions{Overwrite: true})

// publish does what a run does; nothing of it stays on the disk.
func (r *room) publish(ctx context.Context, run string, files ...file) ([]target.Published, error) {
	r.t.Helper()
	p := blob.Begin(r.dir, target.Author{Job: "job", Run: run, Tick: tick, Attempt: 1}, nil)
	defer r.clean()
	defer p.Abort()
	for _, f := range files {
		s, err := p.Create(ctx, r.Address(f.key), f.options)
		if err != nil {
			return nil, err
		}
		if _, err := io.Copy(s, strings.NewReader(f.text)); err != nil {
			return nil, err
		}
		s.SetRecords(int64(strings.Count(f.text, "\n")))
		if err := s.Close(); err != nil {
			return nil, err
		}
	}
	return p.Commit(ctx, nil)
}

// clean fails when a draft was left behind.
func (r *room) clean() {
	r.t.Helper()
	err := filepath.WalkDir(r.path, func(path string, e fs.DirEntry, err error) error {
		if strings.HasSuffix(path, ".draft") {
			r.t.Errorf("%s is left", path)
		}
		return err
	})
	if err != nil {
		r.t.Error(err)
	}
}

// holds fails unless the bucket holds exactly these.
func (r *room) holds(want map[string]string) {
	r.t.Helper()
	got := r.Objects()
	for key, o := range got {
		if text, is := want[key]; !is || text != o.Content {
			r.t.Errorf("%s holds %d bytes %.20q, want %d %.20q", key, len(o.Content), o.Content, len(text), text)
		}
	}
	if len(got) != len(want) {
		r.t.Errorf("%d objects, want %d", len(got), len(want))
	}
}

func sum(text string) string {
	s := sha256.Sum256([]byte(text))
	return hex.EncodeToString(s[:])
}

func each(t *testing.T, f func(t *testing.T, r *room)) {
	for _, scheme := range blobtest.Schemes() {
		t.Run(scheme, func(t *testing.T) {
			t.Parallel() // they wait for retries
			f(t, newRoom(t, scheme))
		})
	}
}

// large is sent in several parts.
var large = strings.Repeat("a line of an export, as long as any other\n", 150_000)

var tick = time.Date(2026, 3, 2, 2, 30, 0, 0, time.UTC)
