package disk

import (
	"os"
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
