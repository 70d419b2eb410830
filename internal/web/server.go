package web

import (
	"context"
	"net/http"
	"time"

	"github.com/rs/zerolog"

	"speckle-runner/internal/jobs"
	"speckle-runner/internal/scheduler"
	"speckle-runner/internal/secret"
	"speckle-runner/internal/store"
	"speckle-runner/internal/web/ui"
)

// Options say what a server tells about and who may ask it.
type Options struct {
	Scheduler *scheduler.Scheduler
	Store     *store.Store
	// Reload gives the state of the job file, as scheduler.Watcher.Last does.
	// Nil: the file in force is never reloaded.
	Reload func() scheduler.Reload
	// OtherFiles gives the nodes that have another job file. Nil: there is one node.
	OtherFiles func(ctx context.Context) ([]string, error)
	// Preflight gives what is known of a job's token, nil for nothing. Nil:
	// tokens aren't asked about.
	Preflight func(job string) *Preflight
	// Metrics is what the service counts. Nil: /metrics tells only what others
	// know.
	Metrics *Metrics
	// Token is RUNNER_WEB_TOKEN. Zero: the API answers on loopback only.
	Token secret.Value
	// Try makes a dry run of a job, for pages. Nil: nobody can.
	Try func(ctx context.Context, job *jobs.Job) ui.Trial
	// Progress says how far a run of this node is. Nil: nobody knows.
	Progress func(run string) (ui.Progress, bool)
	// OutputDir is the folder that local files are below, for pages.
	OutputDir string
	// Unwritable gives why exports can't be written there, nil for nothing. Nil: they can be.
	Unwritable func() error
	// BasePath is what every path begins with, but for health and metrics, which
	// answer without it, too.
	BasePath BasePath
	// ReadOnly refuses whatever changes something, and leaves the buttons out.
	ReadOnly bool
	// Loopback says that only this machine can connect. Listen sets it.
	Loopback bool
	// Certificate makes Listen serve HTTPS, and nothing else. Nil: HTTP.
	Certificate *Certificate
	// Version is the program's, for the document of the API.
	Version string
	Log     zerolog.Logger
	// Now is the wall clock that the age of the loop is measured with; nil
	// means time.Now.
	Now func() time.Time
}

// Server answers the requests of `runner serve`. It is safe for use by several
// goroutines.
type Server struct {
	o       Options
	began   time.Time // until the loop went round once, its age counts from here
	mux     *http.ServeMux
	open    map[string]bool // paths that need no token
	origins *http.CrossOriginProtection
	guesses guesses
	wrongs  *wrongs
	pages   *ui.UI
	// programs is what they can ask, in the document's order.
	programs []operation
	// document is the one of the API, made when it is first asked for.
	document func() ([]byte, error)
}

// at gives a path as those who ask have to write it.
func (s *Server) at(path string) string { return string(s.o.BasePath) + path }

func (s *Server) preflight(job string) *Preflight {
	if s.o.Preflight == nil {
		return nil
	}
	return s.o.Preflight(job)
}
