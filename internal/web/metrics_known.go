package web

import (
	"context"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// metrics gives the handler of /metrics.
func (s *Server) metrics() http.Handler {
	m := s.o.Metrics
	if m == nil {
		m = NewMetrics("")
	}
	m.registry.MustRegister(&known{s}, &jobTallies{s, m.byJob})
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{})
}

// known is what is asked of others when somebody looks.
type known struct{ s *Server }

var (
	nextTick    = describe("next_tick_timestamp_seconds", "When a job is due next, Unix time.", "job")
	lastSuccess = describe("last_success_timestamp_seconds", "When a job's newest good run ended, Unix time.", "job")
	failing     = describe("job_failing",
		"1: a job's newest run that succeeded or failed has failed, else 0; absent before the first.", "job")
	tokenOK      = describe("token_ok", "1: the server took the job's token when it was last asked, else 0.", "job")
	tokenExpires = describe("token_expires_timestamp_seconds",
		"When a job's token ends, Unix time; absent where it doesn't, or where the token may not say.", "job")
	undelivered = describe("undelivered_messages",
		"Messages of a job that were given up, and neither sent again nor forgotten, by kind: output, notice, heartbeat.", "job", "kind")
	triesAgain = describe("tries_again_timestamp_seconds",
		"When a run of a job that has failed, and waits, is tried again, Unix time; absent where none does.", "job")
	queuedRuns     = describe("queued_runs", "Runs that could begin now and wait for a worker, of all nodes.")
	queuedMessages = describe("queued_messages", "Messages that are on their way to receivers, of all nodes.")
	oldestMessage  = describe("oldest_message_timestamp_seconds",
		"When the oldest message that is on its way was made, Unix time; absent where there is none.")
	leaseLeft = describe("lease_remaining_seconds",
		"How long the lease of a serving node is in force, by the database's clock; below 0: it has died, or can't reach the database.", "node")
	otherFiles   = describe("nodes_with_other_job_file", "Living nodes whose job file has been another one than this node's for two minutes.")
	loopAge      = describe("loop_age_seconds", "Since the tick loop last went round; see /healthz.")
	databaseUp   = describe("database_up", "1: the database answered just now, and takes what is written, else 0.")
	reloadFailed = describe("job_file_refused", "1: a newer job file is refused, and the one in force stays, else 0.")
	reloadedAt   = describe("job_file_timestamp_seconds", "Since when the job file is in force, Unix time.")
)

// Describe names what Collect gives.
func (k *known) Describe(to chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{
		nextTick, lastSuccess, failing, tokenOK, tokenExpires, undelivered, triesAgain, queuedRuns, queuedMessages, oldestMessage, leaseLeft, otherFiles,
		loopAge, databaseUp, reloadFailed, reloadedAt,
	} {
		to <- d
	}
}

// scrapeTimeout bounds the question to the ledger: Prometheus gives up after
// 10 s by itself.
const scrapeTimeout = 5 * time.Second

// scrape is one answer to Prometheus.
type scrape struct {
	*known

	ctx context.Context //nolint:containedctx // of this scrape alone
	to  chan<- prometheus.Metric
}

// Collect asks.
func (k *known) Collect(to chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), scrapeTimeout)
	defer cancel()
	a := scrape{k, ctx, to}
	// Where the ledger doesn't answer, what it would say is left out.
	err := a.jobs()
	_, down := k.s.o.Store.Down()
	a.gauge(databaseUp, bit(err == nil && !down))
	a.lost()
	a.queues()
	a.process()
}

func (a scrape) gauge(d *prometheus.Desc, value float64, labels ...string) {
	a.to <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, value, labels...)
}

// process tells what this process knows by itself.
func (a scrape) process() {
	if age := a.s.loop().LoopAge; age != nil {
		a.gauge(loopAge, *age)
	}
	reload := a.s.o.Reload()
	a.gauge(reloadFailed, bit(reload.Error != ""))
	a.gauge(reloadedAt, unix(reload.At))
	for _, job := range a.s.o.Scheduler.File().Jobs {
		if next := a.s.o.Scheduler.Next(job.Name); !next.IsZero() {
			a.gauge(nextTick, unix(next), job.Name)
		}
		if token := a.s.preflight(job.Name); token != nil {
			a.gauge(tokenOK, bit(token.OK), job.Name)
			if token.ExpiresAt != nil {
				a.gauge(tokenExpires, unix(*token.ExpiresAt), job.Name)
			}
		}
	}
}

// jobs tells how the jobs of the job file do.
func (a scrape) jobs() error {
	pulses, err := a.s.o.Store.Pulses(a.ctx)
	if err != nil {
		return err
	}
	file := a.s.o.Scheduler.File()
	for _, p := range pulses {
		if file.Job(p.Job) == nil {
			continue
		}
		if !p.Good.IsZero() {
			a.gauge(lastSuccess, unix(p.Good), p.Job)
		}
		if p.Judged {
			a.gauge(failing, bit(p.Failed), p.Job)
		}
	}
	retrying, err := a.s.o.Store.Retrying(a.ctx)
	for job, at := range retrying {
		a.gauge(triesAgain, unix(at), job)
	}
	return err
}

// queues tells what waits, and who is there to do it.
func (a scrape) queues() {
	if due, err := a.s.o.Store.Due(a.ctx); err == nil {
		a.gauge(queuedRuns, float64(due))
	}
	if post, err := a.s.o.Store.Post(a.ctx); err == nil {
		a.gauge(queuedMessages, float64(post.Messages))
		if !post.Oldest.IsZero() {
			a.gauge(oldestMessage, unix(post.Oldest))
		}
	}
	leases, err := a.s.o.Store.Leases(a.ctx)
	if err != nil {
		return
	}
	for node, left := range leases {
		a.gauge(leaseLeft, left.Seconds(), node)
	}
	if nodes, err := a.s.o.OtherFiles(a.ctx); err == nil {
		a.gauge(otherFiles, float64(len(nodes)))
	}
}

// lost counts what nobody tries to deliver any more, for every job of the job
// file, so that an alert sees a 0 before it sees a 1, and for those that have left it.
func (a scrape) lost() {
	found, err := a.s.o.Store.GivenUp(a.ctx)
	if err != nil {
		return
	}
	type series struct{ job, kind string }
	counts := map[series]int64{}
	for _, job := range a.s.o.Scheduler.File().Jobs {
		counts[series{job.Name, "output"}] = 0
	}
	for _, g := range found {
		kind := g.Kind
		if kind != "output" && kind != "heartbeat" {
			kind = "notice"
		}
		counts[series{g.Job, kind}] += g.Messages
	}
	for of, n := range counts {
		a.gauge(undelivered, float64(n), of.job, of.kind)
	}
}

func bit(yes bool) float64 {
	if yes {
		return 1
	}
	return 0
}
