package main

import (
	"encoding/binary"
	"fmt"
	"strings"
	"time"

	"speckle-runner/internal/store"
)

// yearNights are those of a year.
const yearNights = 365

// year is a made-up one of nightly jobs, the same each time but for its dates.
type year struct{ first time.Time }

// newYear gives the one that ended yesterday.
func newYear() year {
	today := time.Now().UTC().Truncate(24 * time.Hour)
	return year{today.AddDate(0, 0, -yearNights).Add(3 * time.Hour)}
}

func (y year) tick(i int) time.Time { return y.first.AddDate(0, 0, i) }

func (y year) newest(job string) string { return store.RunID(job, y.tick(yearNights-1)) }

// failed is a run of the first job that failed: see run.
func (y year) failed(job string) string { return store.RunID(job, y.tick(100)) }

// run is that of the jth job in the ith night. Jobs are of four kinds, as an office has
// them. One run of a hundred fails, after two attempts, and somebody is told.
func (y year) run(j, i int) store.Invented {
	begin := y.tick(i).Add(time.Duration(j%40) * time.Second / 4)
	end := begin.Add(time.Duration(2+j%7) * time.Second)
	n := night{job: jobName(j), i: i, run: store.Invented{Run: store.Run{Tick: y.tick(i), State: store.Succeeded, Attempt: 1,
		Trigger: store.Schedule, Node: "office-server-4f2a10", StartedAt: &begin, FinishedAt: &end, Server: "https://app.speckle.systems"}}}
	switch {
	case (i+j)%100 == 0:
		n.fails()
	case j%4 == 0:
		n.dated()
	case j%4 == 1:
		n.changed()
	case j%4 == 2:
		n.items()
	default:
		n.tells()
	}
	return n.run
}

// night is what becomes of one job in one.
type night struct {
	job string
	i   int
	run store.Invented
}

// fails has an attempt more, each with its log.
func (n *night) fails() {
	const why = "page 7 of project.models: POST https://app.speckle.systems/graphql: " +
		"the server answers HTTP 503 (Service Unavailable), 5 times"
	n.run.State, n.run.Error, n.run.Attempt, n.run.Pages, n.run.Records = store.Failed, why, 2, 6, 600
	for attempt := range 2 {
		n.try(attempt+1, "WRN request is sent again reason=503 wait_ms=4000 page=7\n", 5)
	}
	n.deliver("webhook NOTIFY_HOOK", 1)
}

// dated writes a file a night, and the newest.
func (n *night) dated() {
	n.run.Pages, n.run.Records = 12, int64(1100+n.i)
	n.file("{job}/{date}.csv", n.job+"/"+n.run.Tick.Format(time.DateOnly)+".csv")
	n.try(1, "", 0)
}

// changed writes a workbook when something did, which is every other night.
func (n *night) changed() {
	n.run.Pages, n.run.Records = 4, 320
	if n.i%2 == 0 {
		n.file("{job}.xlsx", n.job+".xlsx")
	} else {
		n.run.Warnings = []string{"output {job}.xlsx: nothing has changed since the last export"}
	}
	n.run.Marks = []store.Mark{{Output: "file {job}.xlsx", Tick: n.run.Tick, Content: n.sum(n.i/2) + " " + n.sum(1)}}
	n.try(1, "", 0)
}

// items has a file for each of ten.
func (n *night) items() {
	n.run.Pages, n.run.Records = 40, 4000
	for item := range 10 {
		n.file("{job}/{each.name}.parquet", fmt.Sprintf("%s/Building %02d.parquet", n.job, item+1))
	}
	n.try(1, "INF item read records=400 pages=4 item=\"Building 07\"\n", 10)
}

// tells sends what is new since the last success, of which nothing is told twice; one
// of some hundred messages is given up.
func (n *night) tells() {
	n.run.Pages, n.run.Records = 2, 25
	n.run.Known = make([]byte, 8*120) // an hour's records of a busy project, and those of the day
	for k := range len(n.run.Known) / 8 {
		binary.LittleEndian.PutUint64(n.run.Known[8*k:], uint64(n.i*31+k)*0x9e3779b97f4a7c15)
	}
	n.run.Marks = []store.Mark{{Output: "webhook OFFICE_HOOK", Tick: n.run.Tick, Content: n.sum(n.i)}}
	n.deliver("webhook OFFICE_HOOK", 1)
	n.try(1, "", 0)
}

func (n *night) file(output, path string) {
	bytes := n.run.Records * 82
	sum := n.sum(len(n.run.Files))
	n.run.Files = append(n.run.Files, store.File{Path: path, Records: n.run.Records, Bytes: bytes, SHA256: sum, Output: output})
	n.run.Bytes += bytes
}

// sum looks like the hash of something.
func (n *night) sum(of int) string {
	return fmt.Sprintf("%016x%016x%032x", uint64(n.i+1)*0x9e3779b97f4a7c15, uint64(of+1)*0xff51afd7ed558ccd, len(n.job)+of)
}

// try adds an attempt with the log that it has: some lines, and one more so many times.
func (n *night) try(attempt int, line string, times int) {
	begin, end := n.run.StartedAt.Format(time.RFC3339), n.run.FinishedAt.Format(time.RFC3339)
	log := begin + " INF run started trigger=schedule\n" + strings.Repeat(begin+" "+line, times) +
		fmt.Sprintf("%s INF run %s files=%d pages=%d records=%d took_ms=2417.03\n", end, n.run.State, len(n.run.Files), n.run.Pages,
			n.run.Records)
	n.run.Tries = append(n.run.Tries, store.Attempt{Attempt: attempt, State: n.run.State, Node: n.run.Node, StartedAt: n.run.StartedAt,
		FinishedAt: n.run.FinishedAt, Error: n.run.Error, Log: log})
}

func (n *night) deliver(target string, seq int) {
	d := store.RunDelivery{ID: fmt.Sprintf("%s.%d.%d", store.RunID(n.job, n.run.Tick), n.run.Attempt, seq), Target: target,
		State: store.DeliveryDelivered, Attempts: 1}
	if n.i%180 == 77 {
		d.State, d.Attempts, d.Error = store.DeliveryFailed, 14, "the receiver answers HTTP 500 (Internal Server Error)"
		d.Tries = triedFor(d.Attempts, d.Error, *n.run.FinishedAt)
	}
	n.run.Deliveries = append(n.run.Deliveries, d)
}

// triedFor are the tries of a message that was given up, with the pauses between them.
func triedFor(times int, why string, at time.Time) []store.Try {
	tries := make([]store.Try, times)
	pause := 5 * time.Second
	for i := range tries {
		begin, end := at, at.Add(120*time.Millisecond)
		at, pause = end.Add(pause), min(3*pause, 4*time.Hour)
		tries[i] = store.Try{Try: i + 1, Outcome: store.TryFailed, StartedAt: &begin, FinishedAt: &end, Error: why}
		if i < times-1 {
			tries[i].NextTry = new(at)
		}
	}
	return tries
}
