package web

import (
	"maps"

	"github.com/prometheus/client_golang/prometheus"
)

var (
	runsTotal = describe("runs_total",
		"Ticks that have ended, by how: succeeded, failed, canceled, interrupted, skipped, missed.", "job", "state")
	lastMissed = describe("last_missed_timestamp_seconds",
		"When this process last found that ticks of a job had been missed, Unix time; absent where none were.", "job")
	pagesTotal    = describe("pages_total", "Pages that attempts have read, also those that failed.", "job")
	recordsTotal  = describe("records_total", "Records in the exports of good runs.", "job")
	bytesTotal    = describe("published_bytes_total", "Bytes of the files that good runs published.", "job")
	requestsTotal = describe("requests_total",
		"Requests of runs and looks, each try, by result: ok, or what was wrong, such as rate limited (HTTP 429).", "job", "result")
	requestRetries = describe("request_retries_total", "Requests that were sent once more, by reason.", "job", "reason")
	runRetries     = describe("run_retries_total", "Attempts of runs that failed and are followed by another, by reason.", "job", "reason")
	limitWait      = describe("rate_limit_wait_seconds_total", "Seconds that requests waited for the server's rate limit.", "job")
	looksTotal     = describe("looks_total", "Looks of jobs for new versions, by result: done, failed.", "job", "result")
)

// jobTallies gives the tallies to Prometheus.
type jobTallies struct {
	s   *Server
	all *tallies
}

// Describe names what Collect gives.
func (j *jobTallies) Describe(to chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{
		runsTotal, lastMissed, pagesTotal, recordsTotal, bytesTotal, requestsTotal, requestRetries, runRetries, limitWait, looksTotal,
	} {
		to <- d
	}
}

// Collect gives the tallies of every job of the job file, so that an alert sees a 0
// before it sees a 1, and of those that have left it.
func (j *jobTallies) Collect(to chan<- prometheus.Metric) {
	for name, t := range j.copied() {
		t.collect(name, to)
	}
}

// copied holds no lock while somebody reads slowly.
func (j *jobTallies) copied() map[string]tally {
	j.all.mu.Lock()
	defer j.all.mu.Unlock()
	copied := make(map[string]tally, len(j.all.byJob))
	for _, job := range j.s.o.Scheduler.File().Enabled() {
		copied[job.Name] = tally{}
	}
	for name, t := range j.all.byJob {
		one := *t
		for _, counts := range []*map[string]int64{&one.failed, &one.retries, &one.again} {
			*counts = maps.Clone(*counts)
		}
		copied[name] = one
	}
	return copied
}

func (t tally) collect(job string, to chan<- prometheus.Metric) {
	counter := func(d *prometheus.Desc, value float64, labels ...string) {
		if value > 0 {
			to <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, value, append([]string{job}, labels...)...)
		}
	}
	for i, n := range t.ended {
		if n > 0 || i < alarming {
			to <- prometheus.MustNewConstMetric(runsTotal, prometheus.CounterValue, float64(n), job, string(ends[i]))
		}
	}
	if !t.missed.IsZero() {
		to <- prometheus.MustNewConstMetric(lastMissed, prometheus.GaugeValue, unix(t.missed), job)
	}
	counter(pagesTotal, float64(t.pages))
	counter(recordsTotal, float64(t.records))
	counter(bytesTotal, float64(t.bytes))
	counter(requestsTotal, float64(t.requests), "ok")
	counter(limitWait, t.waited.Seconds())
	counter(looksTotal, float64(t.looks), "done")
	counter(looksTotal, float64(t.failedLooks), "failed")
	for _, counts := range []struct {
		as *prometheus.Desc
		by map[string]int64
	}{{requestsTotal, t.failed}, {requestRetries, t.retries}, {runRetries, t.again}} {
		for reason, n := range counts.by {
			counter(counts.as, float64(n), reason)
		}
	}
}
