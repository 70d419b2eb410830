package web

import (
	"context"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"speckle-runner/internal/store"
)

// Metrics counts what a service does, for Prometheus; docs/operating.md has
// their names, which people build on. What the ledger and the scheduler know is
// asked when /metrics is. It is safe for use by several goroutines; a nil one
// counts nothing.
type Metrics struct {
	registry *prometheus.Registry

	runs       *prometheus.CounterVec // by job and state
	duration   prometheus.Histogram
	lateness   prometheus.Histogram
	running    prometheus.Gauge
	records    *prometheus.CounterVec // by job
	bytes      *prometheus.CounterVec // by job
	deliveries *prometheus.CounterVec // by result
	looks      *prometheus.CounterVec // by job and result
}

// Buckets in seconds: a run takes from a moment to hours, a tick is late by
// milliseconds or by a night.
var (
	durationBuckets = []float64{.1, .5, 1, 5, 15, 60, 300, 900, 1800, 3600}
	latenessBuckets = []float64{.01, .05, .1, .5, 1, 5, 30, 300, 3600}
)

// NewMetrics gives counters that begin at zero, for one process of a version.
func NewMetrics(version string) *Metrics {
	m := &Metrics{
		registry: prometheus.NewRegistry(),
		runs: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "runner_runs_total", Help: "Ticks that have ended, by how: succeeded, failed, canceled, skipped, missed.",
		}, []string{"job", "state"}),
		duration: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "runner_run_duration_seconds", Help: "How long attempts of runs took.", Buckets: durationBuckets,
		}),
		lateness: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "runner_tick_lateness_seconds", Help: "From a scheduled tick, and its job's spread, to the begin of its first attempt.",
			Buckets: latenessBuckets,
		}),
		running: prometheus.NewGauge(prometheus.GaugeOpts{Name: "runner_running_runs", Help: "Attempts that are under way on this node."}),
		records: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "runner_records_total", Help: "Records in the exports of good runs."},
			[]string{"job"}),
		bytes: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "runner_published_bytes_total",
			Help: "Bytes of the files that good runs published."}, []string{"job"}),
		deliveries: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "runner_deliveries_total", Help: "Tries to deliver a message, by result: delivered, failed.",
		}, []string{"result"}),
		looks: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "runner_looks_total", Help: "Looks of jobs for new versions, by result: done, failed.",
		}, []string{"job", "result"}),
	}
	build := prometheus.NewGauge(prometheus.GaugeOpts{
		Name: "runner_build_info", Help: "1, with the version as a label.", ConstLabels: prometheus.Labels{"version": version},
	})
	build.Set(1)
	m.registry.MustRegister(m.runs, m.duration, m.lateness, m.running, m.records, m.bytes, m.deliveries, m.looks, build,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// Begun counts an attempt that begins, late by so much; below 0: not a
// scheduled tick's first one.
func (m *Metrics) Begun(late time.Duration) {
	if m == nil {
		return
	}
	m.running.Inc()
	if late >= 0 {
		m.lateness.Observe(late.Seconds())
	}
}

// Done counts an attempt that is over.
func (m *Metrics) Done(job string, took time.Duration, o store.Outcome) {
	if m == nil {
		return
	}
	m.running.Dec()
	m.duration.Observe(took.Seconds())
	if o.State == store.Succeeded {
		m.records.WithLabelValues(job).Add(float64(o.Records))
		m.bytes.WithLabelValues(job).Add(float64(o.Bytes))
	}
}

// Ended counts ticks of a job that have ended.
func (m *Metrics) Ended(job string, state store.State, ticks int) {
	if m != nil {
		m.runs.WithLabelValues(job, string(state)).Add(float64(ticks))
	}
}

// Delivered counts a try to deliver a message.
func (m *Metrics) Delivered(good bool) {
	switch {
	case m == nil:
	case good:
		m.deliveries.WithLabelValues("delivered").Inc()
	default:
		m.deliveries.WithLabelValues("failed").Inc()
	}
}

// Looked counts a look of a job for new versions.
func (m *Metrics) Looked(job string, good bool) {
	switch {
	case m == nil:
	case good:
		m.looks.WithLabelValues(job, "done").Inc()
	default:
		m.looks.WithLabelValues(job, "failed").Inc()
	}
}

// metrics gives the handler of /metrics.
func (s *Server) metrics() http.Handler {
	m := s.o.Metrics
	if m == nil {
		m = NewMetrics("")
	}
	m.registry.MustRegister(&known{s})
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{})
}

// known is what is asked of others when somebody looks.
type known struct{ s *Server }

func describe(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc("runner_"+name, help, labels, nil)
}

var (
	nextTick     = describe("next_tick_timestamp_seconds", "When a job is due next, Unix time.", "job")
	lastSuccess  = describe("last_success_timestamp_seconds", "When a job's newest good run ended, Unix time.", "job")
	tokenOK      = describe("token_ok", "1: the server took the job's token when it was last asked, else 0.", "job")
	tokenExpires = describe("token_expires_timestamp_seconds",
		"When a job's token ends, Unix time; absent where it doesn't, or where the token may not say.", "job")
	undelivered = describe("undelivered_messages",
		"Messages of a job that were given up, and neither sent again nor forgotten, by kind: output, notice, heartbeat.", "job", "kind")
	triesAgain = describe("tries_again_timestamp_seconds",
		"When a run of a job that has failed, and waits, is tried again, Unix time; absent where none does.", "job")
	loopAge      = describe("loop_age_seconds", "Since the tick loop last went round; see /healthz.")
	databaseUp   = describe("database_up", "1: the database answered just now, else 0.")
	reloadFailed = describe("job_file_refused", "1: a newer job file is refused, and the one in force stays, else 0.")
	reloadedAt   = describe("job_file_timestamp_seconds", "Since when the job file is in force, Unix time.")
)

// Describe names what Collect gives.
func (k *known) Describe(to chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{nextTick, lastSuccess, tokenOK, tokenExpires, undelivered, triesAgain, loopAge, databaseUp,
		reloadFailed, reloadedAt} {
		to <- d
	}
}

// scrapeTimeout bounds the question to the ledger: Prometheus gives up after
// 10 s by itself.
const scrapeTimeout = 5 * time.Second

// Collect asks.
func (k *known) Collect(to chan<- prometheus.Metric) {
	gauge := func(d *prometheus.Desc, value float64, labels ...string) {
		to <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, value, labels...)
	}
	ctx, cancel := context.WithTimeout(context.Background(), scrapeTimeout)
	defer cancel()
	latest, err := k.s.o.Store.Latest(ctx)
	gauge(databaseUp, bit(err == nil))
	k.lost(ctx, gauge)
	retrying, _ := k.s.o.Store.Retrying(ctx) // database_up says so
	for job, at := range retrying {
		gauge(triesAgain, unix(at), job)
	}
	if age := k.s.loop().LoopAge; age != nil {
		gauge(loopAge, *age)
	}
	reload := k.s.o.Reload()
	gauge(reloadFailed, bit(reload.Error != ""))
	gauge(reloadedAt, unix(reload.At))
	for _, job := range k.s.o.Scheduler.File().Jobs {
		if next := k.s.o.Scheduler.Next(job.Name); !next.IsZero() {
			gauge(nextTick, unix(next), job.Name)
		}
		if good := latest[job.Name].Success; good != nil && good.FinishedAt != nil {
			gauge(lastSuccess, unix(*good.FinishedAt), job.Name)
		}
		if token := k.s.preflight(job.Name); token != nil {
			gauge(tokenOK, bit(token.OK), job.Name)
			if token.ExpiresAt != nil {
				gauge(tokenExpires, unix(*token.ExpiresAt), job.Name)
			}
		}
	}
}

// lost counts what nobody tries to deliver any more, for every job of the job
// file, so that an alert sees a 0 before it sees a 1, and for those that have left it.
func (k *known) lost(ctx context.Context, gauge func(*prometheus.Desc, float64, ...string)) {
	found, err := k.s.o.Store.GivenUp(ctx)
	if err != nil {
		return // database_up says so
	}
	type series struct{ job, kind string }
	counts := map[series]int64{}
	for _, job := range k.s.o.Scheduler.File().Jobs {
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
		gauge(undelivered, float64(n), of.job, of.kind)
	}
}

func bit(yes bool) float64 {
	if yes {
		return 1
	}
	return 0
}

func unix(t time.Time) float64 { return float64(t.UnixMilli()) / 1000 }
