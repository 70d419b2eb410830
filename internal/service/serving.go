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
	Reload <-chan struct{}                              // somebody asks for that

	Listen      string               // address of health checks and API; "" for none
	Up          func(address string) // is told where pages are, once they can be asked for; nil: nobody
	WebToken    secret.Value         // that pages and API ask for
	BasePath    web.BasePath         // that every path begins with
	ReadOnly    bool                 // nothing is changed over HTTP
	Certificate *web.Certificate     // of HTTPS; nil: HTTP

	Parallel  int           // runs at the same time
	PerServer int           // of them that ask the same server; 0: as many
	Drain     time.Duration // how long runs may go on after a stop
	Keep      store.Keep    // how long ended runs stay in the ledger
	Preflight bool          // ask servers whether the jobs' tokens are good
	NotBefore time.Time     // a time that has certainly passed
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
	ctx       context.Context //nolint:containedctx // ends with the service: dry runs that pages ask for end with it
	trying    sync.WaitGroup  // those dry runs
}
