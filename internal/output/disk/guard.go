package disk

import (
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// Guarded is a file that no output may take the place of.
type Guarded struct {
	Path string
	What string // "the job file"
}

// guard knows the guarded files of a directory.
type guard struct {
	mu    sync.Mutex
	files []Guarded
	paths map[string]string // absolute → what
	seen  []sighting
	asked time.Time
}

// sighting is a guarded file as the system knows it.
type sighting struct {
	info os.FileInfo
	what string
}

// guardedFor is how long sightings hold: editors replace files, and a job file
// may name thousands of token files.
const guardedFor = 5 * time.Second

// Guard names the files that no output may take the place of, by whatever path
// or link it would: the runner's own. It replaces those named before.
func (d *Dir) Guard(files []Guarded) {
	d.guard.mu.Lock()
	defer d.guard.mu.Unlock()
	d.guard.files, d.guard.paths, d.guard.seen = files, map[string]string{}, nil
	for _, f := range files {
		if absolute, err := filepath.Abs(f.Path); err == nil {
			d.guard.paths[absolute] = f.What
		}
	}
}

// Guarded refuses a target that is one of the runner's own files; info is what
// lies there, nil for nothing. A link is looked at as itself and as what it leads to.
func (d *Dir) Guarded(target string, info os.FileInfo) error {
	what := d.guard.named(filepath.Join(d.path, target))
	if what == "" && info != nil {
		what = d.guard.same(info)
	}
	if what == "" && info != nil && info.Mode()&os.ModeSymlink != 0 {
		if beyond, err := d.Root.Stat(target); err == nil {
			what = d.guard.same(beyond)
		}
	}
	if what == "" {
		return nil
	}
	return fmt.Errorf("publish %s: that is %s, and no output may take its place: give it another path, or another --output-dir",
		filepath.ToSlash(target), what)
}

func (g *guard) named(absolute string) string {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.paths[absolute]
}

// same names the guarded file that a file is, "" for none. A link is looked at
// as itself and as what it leads to: either may be what the runner reads.
func (g *guard) same(info os.FileInfo) string {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.seen == nil || time.Since(g.asked) > guardedFor {
		g.look()
	}
	for _, s := range g.seen {
		if os.SameFile(s.info, info) {
			return s.what
		}
	}
	return ""
}

func (g *guard) look() {
	g.seen, g.asked = []sighting{}, time.Now()
	for _, f := range g.files {
		for _, look := range []func(string) (os.FileInfo, error){os.Lstat, os.Stat} {
			if info, err := look(f.Path); err == nil {
				g.seen = append(g.seen, sighting{info, f.What})
			}
		}
	}
}
