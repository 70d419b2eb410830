package main

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"speckle-runner/test/process"
)

// report gathers what is wrong, from all who look.
type report struct {
	mu    sync.Mutex
	count map[string]int
	texts []string
}

// mostTexts bounds what is told of a storm in which everything is wrong.
const mostTexts = 100

func (r *report) add(all []finding) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, f := range all {
		if r.count == nil {
			r.count = map[string]int{}
		}
		r.count[f.Kind]++
		if len(r.texts) < mostTexts {
			r.texts = append(r.texts, time.Now().UTC().Format("15:04:05 ")+f.Kind+": "+f.Text)
		}
	}
}

// watcher reads every export whenever it has changed.
type watcher struct {
	out     string // the folder of files; what lies in a cloud is shown to it
	world   *world
	jobs    map[string]job
	report  *report
	stats   map[string]fs.FileInfo
	seen    map[string]seen
	back    []withdrawal
	exports int
}

// watch goes on until the storm is over, and looks once more then.
func (w *watcher) watch(ctx context.Context) {
	for process.Rest(ctx, 20*time.Millisecond) {
		w.look()
	}
}

func (w *watcher) look() {
	err := filepath.WalkDir(w.out, func(path string, entry fs.DirEntry, err error) error {
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return nil // it was there a moment ago
		case err != nil:
			return err
		case strings.HasPrefix(entry.Name(), ".") && entry.IsDir():
			return filepath.SkipDir
		case entry.IsDir(), strings.HasPrefix(entry.Name(), "."):
			return nil // staged: not there yet, for readers
		}
		return w.file(path, entry)
	})
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		w.report.add(found(broken, "watch: %v", err))
	}
}

// file reads one, if it isn't the one that was read last.
func (w *watcher) file(path string, entry fs.DirEntry) error {
	info, err := entry.Info()
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	} else if err != nil {
		return err
	}
	if before := w.stats[path]; before != nil && os.SameFile(before, info) && before.ModTime().Equal(info.ModTime()) &&
		before.Size() == info.Size() {
		return nil
	}
	began := time.Now()
	content, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	} else if err != nil {
		return err
	}
	w.stats[path] = info
	name, err := filepath.Rel(w.out, path)
	if err != nil {
		return err
	}
	w.judge(filepath.ToSlash(name), content, began)
	return nil
}

// judge holds an export against the world, by its name, which begins with its job's. It was read
// after an instant.
func (w *watcher) judge(name string, content []byte, began time.Time) {
	w.exports++
	if strings.HasSuffix(name, ".manifest.json") {
		if !json.Valid(content) {
			w.report.add(found(stale, "%s is half a manifest", name))
		}
		return
	}
	owner, _, _ := strings.Cut(name, "/")
	j, known := w.jobs[owner]
	if !known {
		w.report.add(found(stale, "%s is nobody's file", name))
		return
	}
	at := time.Now()
	rows, err := parse(name, content)
	if err != nil {
		w.report.add(found(stale, "%s is no whole export: %v", name, err))
		return
	}
	before, g := w.seen[name], w.world.of(j.project)
	s := sight{Name: name, At: at, Rows: rows, Series: j.series}
	if fresh, _ := checkSight(g, seen{}, s); j.together() && len(rows) > 0 && fresh.earlier(before) {
		w.back = append(w.back, withdrawal{name, owner, before.tick, began})
		before = seen{}
	}
	now, wrong := checkSight(g, before, s)
	w.seen[name] = now
	w.report.add(wrong)
}
