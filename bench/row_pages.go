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
	address, err := freeAddress()
	if err != nil {
		return nil, err
	}
	v, err := e.serveAt("serve", 8, address)
	if err != nil {
		return nil, err
	}
	defer v.kill()
	site := "http://" + address
	if err := l.until(pagesStart, 50*time.Millisecond, func() (bool, error) {
		_, err := l.look(site + "/readyz")
		return err == nil, v.alive()
	}); err != nil {
		return nil, err
	}
	const job = "j00077"
	var lines []line
	for _, page := range []struct{ name, path string }{
		{"overview", "/"}, {"overview, what needs attention", "/?show=attention"}, {"overview, a search", "/?q=777"},
		{"overview, by the next tick, page 100", "/?sort=next&page=100"}, {"a job", "/jobs/" + job},
		{"a run", "/runs/" + store.RunID(job, newest)}, {"calendar", "/calendar"}, {"deliveries", "/deliveries"}, {"tokens", "/tokens"},
		{"check", "/check"},
	} {
		looked, err := l.looks(site + page.path)
		if err != nil {
			said, _ := os.ReadFile(v.log) // the error stands without it
			return nil, fmt.Errorf("%w\n%s", err, said[max(0, len(said)-3000):])
		}
		one := compare(page.name, milliseconds(looked[1:]), "", figure{}).valueAtMost(pagesWithin)
		one.Note = fmt.Sprintf("the first look %.0f ms", looked[0].Seconds*1000)
		lines = append(lines, one)
	}
	return lines, nil
}

// invent fills the estate's ledger: a run an hour of each job, one of a hundred
// failed. It gives the newest tick.
func (e *estate) invent(jobs int) (newest time.Time, err error) {
	ledger, err := store.Open(e.lab.ctx, e.address(), store.Options{Node: "bench", Log: zerolog.Nop()})
	if err != nil {
		return newest, err
	}
	defer func() { err = errors.Join(err, ledger.Close()) }()
	names := make([]string, jobs)
	for i := range names {
		names[i] = fmt.Sprintf("j%05d", i)
	}
	first := time.Now().UTC().Truncate(time.Hour).Add(-pagesRuns * time.Hour)
	newest = first.Add((pagesRuns - 1) * time.Hour)
	return newest, ledger.Invent(e.lab.ctx, names, func(yield func(store.Invented) bool) {
		for j, name := range names {
			for i := range pagesRuns {
				at := first.Add(time.Duration(i) * time.Hour)
				end := at.Add(time.Second)
				run := store.Invented{Run: store.Run{Job: name, Tick: at, State: store.Succeeded, Attempt: 1, Trigger: store.Schedule,
					StartedAt: &at, FinishedAt: &end, Records: int64(i), Bytes: 100}}
				if (i+j)%100 == 0 {
					run.State, run.Error = store.Failed, "the server answers HTTP 503"
				}
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
