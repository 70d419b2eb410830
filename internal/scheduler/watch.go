package scheduler

import (
	"context"
	"fmt"
	"runtime/debug"
	"sync"
	"time"

	"github.com/rs/zerolog"

	"speckle-runner/internal/jobs"
)

// lookEvery is how often the job file is looked at. Looking works for an editor's rename
// and for a swapped ConfigMap alike, where events of the file system differ.
const lookEvery = 5 * time.Second

// Watching says what is watched and what happens then.
type Watching struct {
	// File is the job file in force.
	File *jobs.File
	// Load reads it anew; it gets the file in force. After an error nothing changes.
	Load func(inForce *jobs.File) (*jobs.File, error)
	// Apply puts a good file in force.
	Apply func(*jobs.File)
	// Now asks for a reload at once, whatever the content (SIGHUP).
	Now <-chan struct{}
	Log zerolog.Logger
}

// Watcher reloads the job file when it, or one of its query files, changes.
type Watcher struct {
	w Watching

	mu   sync.Mutex
	last Reload
}

// Reload is the state of the job file, for API and metrics.
type Reload struct {
	Generation string    // hash of the file in force
	At         time.Time // when it came in force
	Error      string    // why the newest file is not in force; "" when it is
	FailedAt   time.Time
	Refused    []jobs.Refused // of several files: those that Error is about; the others are in force
}

// NewWatcher gives a watcher of the file in force.
func NewWatcher(w Watching) *Watcher {
	last := Reload{Generation: w.File.Hash, At: time.Now()}
	last.Refused = w.File.Refused
	if last.Refused != nil {
		last.Error, last.FailedAt = w.File.RefusedError().Error(), last.At
	}
	return &Watcher{w: w, last: last}
}

// Last tells how the last reload went.
func (w *Watcher) Last() Reload {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.last
}

// Run watches until ctx ends.
func (w *Watcher) Run(ctx context.Context) {
	file := w.w.File
	if file.Once() {
		w.readOnce(ctx)
		return
	}
	sources := unseen(file)
	ticker := time.NewTicker(lookEvery)
	defer ticker.Stop()
	for {
		asked := false
		select {
		case <-ctx.Done():
			return
		case <-w.w.Now:
			asked = true
		case <-ticker.C:
		}
		// While the new file is bad, it is read each time: the fault may be mended in a
		// query file that only the new one names.
		if !sources.changed() && !asked && w.Last().Error == "" {
			continue
		}
		if loaded := w.reload(file, asked); loaded != nil {
			file = loaded
			sources = unseen(file)
		}
	}
}

// readOnce says of each reload that is asked for that there is none: who opens a pipe that
// nobody writes into any more waits for ever.
func (w *Watcher) readOnce(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-w.w.Now:
			w.w.Log.Error().Str("file", w.w.File.Name).
				Msg("the job file was not reloaded: it came through a pipe, which can be read once; start again with the new one")
		}
	}
}

// reload gives the file that is in force now, nil if that has not changed.
func (w *Watcher) reload(old *jobs.File, asked bool) *jobs.File {
	loaded, err := w.load(old)
	if err != nil {
		w.refused(err, nil, asked)
		return nil
	}
	if loaded.Refused != nil {
		w.refused(loaded.RefusedError(), loaded.Refused, asked)
	}
	w.mu.Lock()
	same := loaded.Hash == old.Hash
	mended := w.last.Error != "" && loaded.Refused == nil
	if loaded.Refused == nil {
		w.last.Error, w.last.Refused, w.last.FailedAt = "", nil, time.Time{}
	}
	if !same {
		w.last.Generation, w.last.At = loaded.Hash, time.Now()
	}
	w.mu.Unlock()
	switch {
	case same && mended: // else the last word in the log is the refusal
		w.w.Log.Info().Msg("the job file is accepted again: it is in force")
		return nil
	case same:
		if asked && loaded.Refused == nil {
			w.w.Log.Info().Msg("the job file has not changed")
		}
		return nil
	}
	w.w.Apply(loaded)
	return loaded
}

// load reads the job file. A fault of the program that a text of it brings out is the end of
// that text, and not of all that runs.
func (w *Watcher) load(old *jobs.File) (loaded *jobs.File, err error) {
	defer func() {
		if p := recover(); p != nil {
			loaded, err = nil, fmt.Errorf("the job file can't be checked, which is a fault of runner: please report it (panic: %v)", p)
			if w.Last().Error != err.Error() {
				w.w.Log.Error().Str("stack", string(debug.Stack())).Msgf("panic: %v", p)
			}
		}
	}()
	return w.w.Load(old)
}

// refused notes a bad file, and logs each new error once.
func (w *Watcher) refused(err error, files []jobs.Refused, asked bool) {
	w.mu.Lock()
	known := w.last.Error == err.Error()
	w.last.Error, w.last.FailedAt, w.last.Refused = err.Error(), time.Now(), files
	w.mu.Unlock()
	switch {
	case known && !asked:
	case files != nil:
		w.w.Log.Error().Err(err).Msg("not every job file was reloaded: the others are in force")
	default:
		w.w.Log.Error().Err(err).Msg("the job file was not reloaded: the one in force stays")
	}
}
