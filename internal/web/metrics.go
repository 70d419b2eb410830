package web

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"speckle-runner/internal/speckle"
	"speckle-runner/internal/store"
)

// Metrics counts what a service does, for Prometheus; docs/operating.md has
// their names, which people build on. What the ledger and the scheduler know is
// asked when /metrics is. It is safe for use by several goroutines; a nil one
// counts nothing.
type Metrics struct {
	registry *prometheus.Registry

	byJob      *tallies
	duration   prometheus.Histogram
	lateness   prometheus.Histogram
	running    prometheus.Gauge
	stuck      prometheus.Gauge
	slots      prometheus.Gauge
	lost       prometheus.Counter
	deliveries *prometheus.CounterVec // by result
	build      prometheus.Gauge
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
		byJob:    newTallies(),
		duration: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "runner_run_duration_seconds", Help: "How long attempts of runs took.", Buckets: durationBuckets,
		}),
		lateness: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "runner_tick_lateness_seconds", Buckets: latenessBuckets,
			Help: "From a scheduled tick, and its job's spread, to the begin of its first attempt.",
		}),
		running: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "runner_running_runs", Help: "Attempts that are under way on this node.",
		}),
		stuck: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "runner_stuck_runs", Help: "Attempts of this node that go on although their timeout is over: what they work on doesn't answer.",
		}),
		slots: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "runner_run_slots", Help: "How many attempts this node takes at once (--parallel).",
		}),
		lost: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "runner_lost_attempts_total", Help: "Attempts that were taken from this node while they went on, because its lease had ended.",
		}),
		deliveries: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "runner_deliveries_total", Help: "Tries to deliver a message, by result: delivered, failed.",
		}, []string{"result"}),
		build: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "runner_build_info", Help: "1, with the version as a label.", ConstLabels: prometheus.Labels{"version": version},
		}),
	}
	m.build.Set(1)
	for _, result := range []string{"delivered", "failed"} {
		m.deliveries.WithLabelValues(result) // an alert sees the 0 before the 1
	}
	m.registry.MustRegister(m.duration, m.lateness, m.running, m.stuck, m.slots, m.lost, m.deliveries, m.build,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// Slots says how many attempts this node takes at once.
func (m *Metrics) Slots(n int) {
	if m != nil {
		m.slots.Set(float64(n))
	}
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

// Stuck counts an attempt that goes on although its timeout is over, and no more when it
// has ended after all.
func (m *Metrics) Stuck() (ended func()) {
	if m == nil {
		return func() {}
	}
	m.stuck.Inc()
	return m.stuck.Dec
}

// Done counts an attempt that is over.
func (m *Metrics) Done(job string, took time.Duration, o store.Outcome) {
	if m == nil {
		return
	}
	m.running.Dec()
	m.duration.Observe(took.Seconds())
	m.byJob.change(job, func(t *tally) {
		t.pages += o.Pages
		if o.State == store.Succeeded {
			t.records += o.Records
			t.bytes += o.Bytes
		}
	})
}

// TriedAgain counts an attempt that failed for a reason, and that another one follows.
func (m *Metrics) TriedAgain(job, reason string) {
	if m != nil {
		m.byJob.change(job, func(t *tally) { count(&t.again, reason) })
	}
}

// Lost counts an attempt that was taken from this node while it went on.
func (m *Metrics) Lost() {
	if m != nil {
		m.lost.Inc()
	}
}

// Ended counts ticks of a job that have ended.
func (m *Metrics) Ended(job string, state store.State, ticks int) {
	if m == nil {
		return
	}
	m.byJob.change(job, func(t *tally) {
		t.ended[endOf(state)] += int64(ticks)
		if state == store.Missed {
			t.missed = time.Now()
		}
	})
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
	if m == nil {
		return
	}
	m.byJob.change(job, func(t *tally) {
		if good {
			t.looks++
		} else {
			t.failedLooks++
		}
	})
}

// Requests counts the requests of a job.
func (m *Metrics) Requests(job string) speckle.Observer {
	if m == nil {
		return speckle.Observer{}
	}
	return speckle.Observer{
		Sent: func(failed speckle.Kind) {
			m.byJob.change(job, func(t *tally) {
				if failed == "" {
					t.requests++
				} else {
					count(&t.failed, string(failed))
				}
			})
		},
		Again: func(reason speckle.Kind, pause time.Duration) {
			m.byJob.change(job, func(t *tally) {
				count(&t.retries, string(reason))
				if reason == speckle.RateLimited {
					t.waited += pause
				}
			})
		},
		Waited: func(d time.Duration) { m.byJob.change(job, func(t *tally) { t.waited += d }) },
	}
}

func describe(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc("runner_"+name, help, labels, nil)
}

func unix(t time.Time) float64 { return float64(t.UnixMilli()) / 1000 }
