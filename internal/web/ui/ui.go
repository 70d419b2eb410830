package ui

import (
	"net/http"
	"time"

	"speckle-runner/internal/scheduler"
	"speckle-runner/internal/store"
)

// Options say what the pages tell of.
type Options struct {
	Scheduler *scheduler.Scheduler
	Store     *store.Store
	// Reload gives the state of the job file.
	Reload func() scheduler.Reload
	// Token gives what is known of a job's token, nil for nothing.
	Token func(job string) *Token
	// Trouble says what is wrong with the tick loop, and what to do; "" for nothing.
	Trouble func() (what, todo string)
	// Start queues a run of a job now.
	Start func(r *http.Request, job string) (run string, err error)
	// OutputDir is the folder that files are below, "" for none that can be looked at.
	OutputDir string
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
	ExpiresAt *time.Time
}

// UI makes the pages. It is safe for use by several goroutines.
type UI struct{ o Options }

// New gives the pages of a service.
func New(o Options) *UI { return &UI{o} }

// Handler answers a request with a page, or says why it can't.
type Handler func(w http.ResponseWriter, r *http.Request) error

// Route is a page, or what a button does.
type Route struct {
	Method, Path string
	Open         bool // nothing about jobs is told: it needs no login
	Handler      Handler
}

// Routes gives all pages and buttons.
func (u *UI) Routes() []Route {
	routes := []Route{
		{"GET", "/{$}", false, u.overview},
	}
	for _, name := range assetNames() {
		routes = append(routes, Route{"GET", "/assets/" + name, true, serveAsset})
	}
	return routes
}

// now is this moment, without the monotonic clock.
func (u *UI) now() time.Time { return u.o.Now().Round(0) }
