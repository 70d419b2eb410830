package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"time"

	"speckle-runner/internal/speckle/fake"
	"speckle-runner/test/process"
)

// options are the flags.
type options struct {
	runs   int
	jobs   int
	every  time.Duration
	plot   string
	runner string
	dir    string
}

const (
	samples = 250             // of the whole soak, about
	stirred = 4 * time.Second // how often the world and the job file change
	stalled = 5 * time.Minute // no run has ended for so long: nothing works
)

var errStalled = errors.New("no run has ended for " + stalled.String())

// soak lets runs end until there are enough, and gives what was seen meanwhile.
func soak(ctx context.Context, o options, dir string) (seen []sample, err error) {
	all := jobsOf(o.jobs)
	tokens := make([]fake.Token, len(all))
	for i, j := range all {
		tokens[i] = j.token
	}
	server, err := fake.Start(fake.Options{Seed: 1, Tokens: tokens})
	if err != nil {
		return nil, err
	}
	defer server.Close()
	hook := httptest.NewServer(http.HandlerFunc(take))
	defer hook.Close()
	ctx, end := context.WithCancel(ctx)
	defer end()
	w := &world{server: server, hook: hook.URL, every: o.every.String(), jobs: all, dir: dir}
	if err := w.lay(); err != nil {
		return nil, err
	}
	s, err := serve(ctx, o.runner, dir, all)
	if err != nil {
		return nil, err
	}
	defer s.Kill()
	if err := s.serving(ctx); err != nil {
		return nil, err
	}
	go w.stir(ctx)
	go s.lookAround(ctx, all)
	if seen, err = s.watch(ctx, o.runs); err != nil {
		return nil, err
	}
	return seen, s.Stop()
}

// watch takes a sample each time so many runs have ended, until all have.
func (s *service) watch(ctx context.Context, runs int) (seen []sample, err error) {
	next, last, moved := 0.0, 0.0, time.Now()
	for process.Rest(ctx, glance) {
		if err := s.Alive(); err != nil {
			return nil, err
		}
		now, err := s.sample(ctx)
		if err != nil {
			return nil, err
		}
		if now.Runs > last {
			last, moved = now.Runs, time.Now()
		} else if time.Since(moved) > stalled {
			return nil, errStalled
		}
		if now.Runs < next {
			continue
		}
		seen = append(seen, now)
		if len(seen)%10 == 0 {
			fmt.Fprintln(os.Stderr, now)
		}
		if now.Runs >= float64(runs) {
			return seen, nil
		}
		next = now.Runs + float64(runs)/samples
	}
	return nil, fmt.Errorf("interrupted after %.0f runs: %w", last, ctx.Err())
}

// take is a receiver that is always well.
func take(w http.ResponseWriter, r *http.Request) {
	_, _ = io.Copy(io.Discard, r.Body) // who sent it is told by the connection
	w.WriteHeader(http.StatusNoContent)
}

// world is what changes beside the runs.
type world struct {
	server *fake.Server
	hook   string
	every  string
	jobs   []job
	dir    string
	state  int
}

// lay puts the job file in place at once, in its next state.
func (w *world) lay() error {
	if err := os.MkdirAll(w.dir, 0o700); err != nil {
		return err
	}
	path := filepath.Join(w.dir, "jobs.yaml")
	if err := os.WriteFile(path+".new", []byte(jobFile(w.jobs, w.server.URL, w.hook, w.every, w.state)), 0o600); err != nil {
		return err
	}
	w.state++
	return os.Rename(path+".new", path)
}

// stir changes models and the job file until the soak is over. Models are touched, not
// added: what is read stays as much as it was.
func (w *world) stir(ctx context.Context) {
	for n := 0; process.Rest(ctx, stirred); n++ {
		for _, project := range []string{fake.SchoolID, fake.LibraryID} {
			ids := w.server.Models(project)
			w.server.TouchModel(project, ids[n%len(ids)])
		}
		w.server.Forget() // the server's own log is no part of it
		if err := w.lay(); err != nil {
			fmt.Fprintln(os.Stderr, "soak: lay the job file out:", err)
		}
	}
}
