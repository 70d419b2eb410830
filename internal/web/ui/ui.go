package ui

import (
	"context"
	"html/template"
	"net/http"
	"sync"
	"time"

	"github.com/rs/zerolog"

	"speckle-runner/internal/jobs"
	"speckle-runner/internal/scheduler"
	"speckle-runner/internal/store"
)

// Options say what the pages tell of.
type Options struct {
	Scheduler *scheduler.Scheduler
	Store     *store.Store
	// Reload gives the state of the job file.
	Reload func() scheduler.Reload
	// OtherFiles gives the nodes that have another job file.
	OtherFiles func(ctx context.Context) ([]string, error)
	// Token gives what is known of a job's token, nil for nothing.
	Token func(job string) *Token
	// Trouble says what is wrong with the tick loop, and what to do; "" for nothing.
	Trouble func() (what, todo string)
	// Start queues a run of a job now.
	Start func(r *http.Request, job string) (run string, err error)
	// Try reads for a job what a run would, and publishes nothing. Nil: nobody can.
	Try func(ctx context.Context, job *jobs.Job) Trial
	// Progress says how far a run of this node is; false: it isn't one.
	Progress func(run string) (Progress, bool)
	// OutputDir is the folder that files are below, "" for none that can be looked at.
	OutputDir string
	Log       zerolog.Logger
	// Base is where the pages are below an address, "/runner"; "" for the address itself.
	Base string
	// ReadOnly leaves every button out.
	ReadOnly bool
	// Login says that people sign in, so that they can sign out.
	Login bool
	Now   func() time.Time
}

// Token is what was last asked about a job's token, outside of any run.
type Token struct {
	CheckedAt time.Time
	OK        bool
	Error     string
	Unasked   bool // the server couldn't be asked, which says nothing of the token
	ExpiresAt *time.Time
	ID        string // the public one
	Owner     string // as the server names them
	Listed    bool   // its scopes are known
	Scopes    []string
}

// UI makes the pages. It is safe for use by several goroutines.
type UI struct {
	o         Options
	templates func() map[string]*template.Template
	trials    trials
	days      days
	ahead     coming
	knowledge knowledge
	comparing chan struct{} // one comparison at a time: each takes memory
	checking  chan struct{} // one pasted job file at a time: each takes a core
	previews  chan struct{} // two files at a time: one that somebody made may take both
}

// New gives the pages of a service.
func New(o Options) *UI {
	return &UI{o: o, comparing: make(chan struct{}, 1), checking: make(chan struct{}, 1), previews: make(chan struct{}, 2),
		templates: sync.OnceValue(func() map[string]*template.Template { return templates(o.Base) })}
}

// Progress is how far a run is.
type Progress struct {
	Doing           string
	Pages           int
	Records, Total  int64 // Total is below 0 where nobody knows
	Items, AllItems int
}

// now is this moment, without the monotonic clock.
func (u *UI) now() time.Time { return u.o.Now().Round(0) }
