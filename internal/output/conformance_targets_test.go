package output_test

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"speckle-runner/internal/output"
	"speckle-runner/internal/output/format"
	"speckle-runner/internal/output/outputtest"
	"speckle-runner/internal/output/record"
	"speckle-runner/internal/output/target"
	"speckle-runner/internal/output/webhook"
	"speckle-runner/internal/secret"
)

// fileTarget publishes into a directory, with a latest copy and a manifest.
type fileTarget struct {
	t      *testing.T
	format format.Format
	path   string
	dir    *output.Dir
	file   string
	latest string
	broken bool
}

func newFileTarget(t *testing.T, f format.Format) carrier {
	path := t.TempDir()
	return &fileTarget{t: t, format: f, path: path, dir: openDir(t, path), file: "exports/day." + f.String(), latest: "latest." + f.String()}
}

func (f *fileTarget) name() string { return f.file }

func (f *fileTarget) write(ctx context.Context, r record.Records) (int64, error) {
	before := f.visible()
	f.dir.OnStep(func(step string) {
		if strings.HasPrefix(step, "staged") && f.broken { // somebody removes what is staged
			f.broken = false
			f.removeStaged()
		}
		now := f.visible()
		if !strings.HasPrefix(step, "moved") && !maps.Equal(now, before) {
			f.t.Errorf("at %q a reader sees %q", step, outputtest.Short(now))
		}
		before = now
	})
	p, err := f.dir.Begin(target.Author{Run: "run"})
	if err != nil {
		return 0, err
	}
	defer p.Abort()
	s, err := p.Create(ctx, f.file, target.CreateOptions{Overwrite: true, Latest: f.latest, Manifest: &target.Manifest{Job: "job"}})
	if err != nil {
		return 0, err
	}
	if err := format.Encode(ctx, s, f.format, r, format.Options{}); err != nil {
		return 0, fmt.Errorf("encode %s: %w", f.file, err)
	}
	s.SetRecords(r.Count)
	if err := s.Close(); err != nil {
		return 0, err
	}
	files, err := p.Commit(ctx, nil)
	if err != nil {
		return 0, err
	}
	if text := outputtest.Tree(f.t, f.path)[f.file]; len(files) != 1 || files[0].Bytes != int64(len(text)) ||
		files[0].SHA256 != outputtest.Sum(text) {
		f.t.Errorf("%+v doesn't fit the file of %d bytes", files, len(text))
	}
	return files[0].Records, nil
}

// visible gives the files that readers see, each with what changes when the
// file does.
func (f *fileTarget) visible() map[string]string {
	files := map[string]string{}
	for _, name := range []string{f.file, target.ManifestPath(f.file), f.latest} {
		if info, err := os.Stat(filepath.Join(f.path, filepath.FromSlash(name))); err == nil {
			files[name] = fmt.Sprint(info.Size(), info.ModTime())
		}
	}
	return files
}

func hiddenName(name string) bool {
	return strings.HasPrefix(name, ".runner/") || strings.HasPrefix(filepath.Base(name), ".")
}

func (f *fileTarget) removeStaged() {
	for name := range outputtest.Tree(f.t, f.path) {
		if hiddenName(name) && strings.HasPrefix(name, "exports/") {
			if err := os.Remove(filepath.Join(f.path, filepath.FromSlash(name))); err != nil {
				f.t.Error(err)
			}
		}
	}
}

func (f *fileTarget) holds(t *testing.T, lines []string) {
	t.Helper()
	files := outputtest.Tree(t, f.path)
	manifest := target.ManifestPath(f.file)
	if names := slices.Sorted(maps.Keys(files)); !slices.Equal(names, []string{f.file, manifest, f.latest}) {
		t.Fatalf("files are %q", names)
	}
	text := files[f.file]
	if text != files[f.latest] {
		t.Error("the latest copy is another export")
	}
	var m struct {
		Records, Bytes int
		SHA256         string
	}
	if err := json.Unmarshal([]byte(files[manifest]), &m); err != nil || m.Records != len(lines) || m.Bytes != len(text) ||
		m.SHA256 != outputtest.Sum(text) {
		t.Errorf("manifest %+v, %v", m, err)
	}
	outputtest.ReadsBack(t, f.format, text, lines)
}

func (f *fileTarget) breakIt() { f.broken = true }

// hookTarget is a receiver that acts on an export when it has all messages of
// its run.
type hookTarget struct {
	t    *testing.T
	got  *outputtest.Receiver
	hook *webhook.Hook
	runs int
}

func newHookTarget(t *testing.T) carrier {
	got := &outputtest.Receiver{}
	return &hookTarget{t: t, got: got, hook: &webhook.Hook{
		URL: secret.New("https://hooks.example.com/x"), Secret: secret.New("key"), Transport: got,
	}}
}

func (h *hookTarget) name() string { return "hooks.example.com" }

func (h *hookTarget) write(ctx context.Context, r record.Records) (int64, error) {
	h.runs++
	run := fmt.Sprint("run-", h.runs)
	n := 0
	for body, err := range webhook.Batches(ctx, r, webhook.Info{Job: "job", Run: run, Count: r.Count}, 0) {
		if err != nil {
			return 0, fmt.Errorf("%s: %w", h.name(), err)
		}
		n++
		if _, err := h.hook.Send(ctx, webhook.Message{ID: fmt.Sprint(run, "-", n), Body: body}); err != nil {
			return 0, err
		}
	}
	return r.Count, nil
}

func (h *hookTarget) holds(t *testing.T, lines []string) {
	t.Helper()
	complete, parts := []string(nil), map[string][]string{}
	for i, body := range h.got.Bodies {
		var m outputtest.Sent
		if err := json.Unmarshal([]byte(body), &m); err != nil {
			t.Fatalf("half a message: %v", err)
		}
		if h.got.Status(i) != 200 {
			continue
		}
		for _, r := range m.Records {
			parts[m.Run] = append(parts[m.Run], string(r))
		}
		if m.Batch == m.Batches {
			if len(parts[m.Run]) != m.Count {
				t.Errorf("%s has %d records, and says %d", m.Run, len(parts[m.Run]), m.Count)
			}
			complete = parts[m.Run]
		}
	}
	if !slices.Equal(complete, lines) {
		t.Errorf("the newest whole export has %d records, want %d", len(complete), len(lines))
	}
}

// breakIt lets two messages of the next run through.
func (h *hookTarget) breakIt() {
	ok, n := outputtest.Answer{Status: 200}, len(h.got.Requests)
	h.got.Answers = append(slices.Repeat([]outputtest.Answer{ok}, n+2), outputtest.Answer{Status: 500}, ok)
}
