package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/rs/zerolog"

	"speckle-runner/internal/store"
)

const (
	pagesJobs   = 10_000
	pagesRuns   = 100 // of each
	pagesLooks  = 20
	pagesWithin = 100 // ms
	pagesStart  = time.Minute
)

// measurePages fills a ledger with runs that never were, and looks at each page
// as a browser does: the first time, and many times.
func measurePages(l *lab) ([]line, error) {
	s, err := l.server(serverSpec{Ticks: true, Name: "pages"})
	if err != nil {
		return nil, err
	}
	jobs := l.scaled(pagesJobs)
	e, err := l.estate(s, jobs, "0 3 1 1 *")
	if err != nil {
		return nil, err
	}
	defer e.remove()
	newest, err := e.invent(jobs)
	if err != nil {
		return nil, err
	}
	v, site, err := e.serveWithPages()
	if err != nil {
		return nil, err
	}
	defer v.kill()
	const job = "j00077"
	return l.lookAt(v, site, []webPage{
		{"overview", "/"}, {"overview, what needs attention", "/?show=attention"}, {"overview, a search", "/?q=777"},
		{"overview, by the next tick, page 100", "/?sort=next&page=100"}, {"a job", "/jobs/" + job},
		{"a run", "/runs/" + store.RunID(job, newest)}, {"calendar", "/calendar"}, {"deliveries", "/deliveries"}, {"tokens", "/tokens"},
		{"check", "/check"},
	})
}

// webPage is one that somebody looks at.
type webPage struct{ name, path string }

// lookAt measures pages of a service.
func (l *lab) lookAt(v *service, site string, pages []webPage) (lines []line, err error) {
	for _, p := range pages {
		_, _, before, _ := v.usage() // where it can't be told, it is 0
		looked, err := l.looks(site + p.path)
		_, _, after, _ := v.usage()
		if err != nil {
			said, _ := os.ReadFile(v.log) // the error stands without it
			return nil, fmt.Errorf("%w\n%s", err, said[max(0, len(said)-3000):])
		}
		for i := range looked { // of the service, whatever else it does meanwhile
			looked[i].CPU = (after - before) / float64(len(looked))
		}
		one := compare(p.name, milliseconds(looked[1:]), "", figure{}).valueAtMost(pagesWithin)
		one.Note = fmt.Sprintf("the first look %.0f ms", looked[0].Seconds*1000)
		lines = append(lines, one)
	}
	return lines, nil
}

// serveWithPages starts a service, waits until it is ready, and says where its pages are.
func (e *estate) serveWithPages() (v *service, site string, err error) {
	address, err := freeAddress()
	if err != nil {
		return nil, "", err
	}
	if v, err = e.serveAt("serve", 8, address); err != nil {
		return nil, "", err
	}
	site = "http://" + address
	if err := e.lab.until(pagesStart, 50*time.Millisecond, func() (bool, error) {
		_, err := e.lab.look(site + "/readyz")
		return err == nil, v.alive()
	}); err != nil {
		v.kill()
		return nil, "", err
	}
	return v, site, nil
}

// invent fills the estate's ledger: a run an hour of each job, one of a hundred
// failed. It gives the newest tick.
func (e *estate) invent(jobs int) (newest time.Time, err error) {
	first := time.Now().UTC().Truncate(time.Hour).Add(-pagesRuns * time.Hour)
	newest = first.Add((pagesRuns - 1) * time.Hour)
	return newest, e.fill(jobs, pagesRuns, func(j, i int) store.Invented {
		at := first.Add(time.Duration(i) * time.Hour)
		end := at.Add(time.Second)
		run := store.Invented{Run: store.Run{Tick: at, State: store.Succeeded, Attempt: 1, Trigger: store.Schedule,
			StartedAt: &at, FinishedAt: &end, Records: int64(i), Bytes: 100}}
		if (i+j)%100 == 0 {
			run.State, run.Error = store.Failed, "the server answers HTTP 503"
		}
		return run
	})
}

// fill writes so many made-up runs of each of the estate's jobs into its ledger; of
// gives the ith of the jth.
func (e *estate) fill(jobs, each int, of func(j, i int) store.Invented) (err error) {
	ledger, err := store.Open(e.lab.ctx, e.address(), store.Options{Node: "bench", Log: zerolog.Nop()})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, ledger.Close()) }()
	names := make([]string, jobs)
	for j := range names {
		names[j] = jobName(j)
	}
	return ledger.Invent(e.lab.ctx, names, func(yield func(store.Invented) bool) {
		for j, name := range names {
			for i := range each {
				run := of(j, i)
				run.Job = name
				if !yield(run) {
					return
				}
			}
		}
	})
}

// looks asks for a page, one time after the other.
func (l *lab) looks(address string) ([]sample, error) {
	all := make([]sample, 0, pagesLooks+1)
	for range pagesLooks + 1 {
		took, err := l.look(address)
		if err != nil {
			return nil, err
		}
		all = append(all, sample{Seconds: took.Seconds()})
	}
	return all, nil
}

// look reads one answer to its end.
func (l *lab) look(address string) (time.Duration, error) {
	request, err := http.NewRequestWithContext(l.ctx, http.MethodGet, address, nil)
	if err != nil {
		return 0, err
	}
	request.Header.Set("Accept", "text/html")
	began := time.Now()
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0, err
	}
	defer answer.Body.Close()
	if _, err := io.Copy(io.Discard, answer.Body); err != nil {
		return 0, err
	}
	if answer.StatusCode != http.StatusOK {
		return 0, fmt.Errorf("%s answers %s", address, answer.Status)
	}
	return time.Since(began), nil
}

// freeAddress is one on loopback that nobody listens at.
func freeAddress() (string, error) {
	listener, err := new(net.ListenConfig).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return listener.Addr().String(), listener.Close()
}
