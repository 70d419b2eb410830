package service

import (
	"context"
	"sync"
	"time"

	"speckle-runner/internal/arrivals"
	"speckle-runner/internal/jobs"
	"speckle-runner/internal/scheduler"
	"speckle-runner/internal/secret"
	"speckle-runner/internal/store"
	"speckle-runner/internal/web"
)

// Serving says how jobs are run when they are due.
type Serving struct {
	Load   func(inForce *jobs.File) (*jobs.File, error) // reads the job file anew
	Reload <-chan struct{}                              // says when somebody asks for that

	Listen      string               // address of pages, API and health checks; "": there are none
	Up          func(address string) // is called with the address of the pages once they answer; nil: nothing is
	WebToken    secret.Value         // pages and API ask for it
	BasePath    web.BasePath         // every path begins with it
	ReadOnly    bool                 // nothing can be changed over HTTP
	Certificate *web.Certificate     // of HTTPS; nil: HTTP

	Parallel  int           // runs at the same time
	PerServer int           // of them that may ask the same server; 0: all
	Drain     time.Duration // how long runs may go on after a stop
	Keep      store.Keep    // how long ended runs stay in the ledger
	Preflight bool          // ask servers whether the jobs' tokens are good
	NotBefore time.Time     // has certainly passed: a clock that says less is wrong
}

// serving is a service that runs its jobs when they are due, with its parts.
type serving struct {
	*Service

	options   Serving
	scheduler *scheduler.Scheduler
	arrivals  *arrivals.Arrivals
	watcher   *scheduler.Watcher
	metrics   *web.Metrics
	underway  underway
	ends      *ends
	ctx       context.Context //nolint:containedctx // of the service: dry runs that pages ask for end with it
	trying    sync.WaitGroup  // the dry runs that pages have asked for
}
