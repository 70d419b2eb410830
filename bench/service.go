package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// service is a `runner serve` that is being measured.
type service struct {
	command *exec.Cmd
	log     string
	gone    chan struct{} // closed when it has ended
}

// estate is a folder with a job file, for one or more services.
type estate struct {
	lab      *lab
	dir      string
	server   *server
	database string // "": SQLite in the folder
	env      []string
}

// estate lays out jobs that all ask the same, each with a token of its own.
func (l *lab) estate(s *server, count int, schedule string) (*estate, error) {
	dir, err := os.MkdirTemp(l.scratch, "serve-")
	if err != nil {
		return nil, err
	}
	e := &estate{lab: l, dir: dir, server: s, env: []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + os.Getenv("HOME"), "LC_ALL=C.UTF-8", "TZ=UTC",
	}}
	var file strings.Builder
	fmt.Fprintf(&file, "server: %s\njobs:\n", s.url)
	for i := range count {
		what := "query: *q, outputs: *o" // a job file may have 1 MiB: 10,000 jobs have to be short
		if i == 0 {
			what = `query: &q "{ serverInfo { version } }", outputs: &o [{ file: "out/{job}.ndjson" }]`
		}
		fmt.Fprintf(&file, "  %s: { schedule: %q, token_env: T%05d, %s }\n", jobName(i), schedule, i, what)
		e.env = append(e.env, fmt.Sprintf("T%05d=%s", i, tokenOf(i)))
	}
	return e, os.WriteFile(filepath.Join(dir, "jobs.yaml"), []byte(file.String()), 0o600)
}

// jobName is that of a job of an estate.
func jobName(i int) string { return fmt.Sprintf("j%05d", i) }

// tokenOf gives the token of a job of an estate.
func tokenOf(i int) string { return fmt.Sprintf("%010x%032x", i, i) }

func (e *estate) address() string {
	if e.database != "" {
		return e.database
	}
	return "sqlite:" + filepath.Join(e.dir, "runner.db")
}

func (e *estate) remove() { _ = os.RemoveAll(e.dir) } // lab.close removes what stays

// serve starts a service without pages; name tells its log from others'.
func (e *estate) serve(name string, parallel int) (*service, error) {
	return e.serveAt(name, parallel, "")
}

// serveAt starts one whose pages are at an address, "" for none.
func (e *estate) serveAt(name string, parallel int, listen string) (*service, error) {
	v := &service{log: filepath.Join(e.dir, name+".log"), gone: make(chan struct{})}
	log, err := os.Create(v.log)
	if err != nil {
		return nil, err
	}
	defer log.Close()
	v.command = exec.CommandContext(e.lab.ctx, e.lab.runner, "serve", "--listen", listen, "--preflight=false", "--log-level", "warn",
		"--database", e.address(), "--parallel", strconv.Itoa(parallel))
	v.command.Dir, v.command.Env, v.command.Stdout, v.command.Stderr = e.dir, e.env, log, log
	if err := v.command.Start(); err != nil {
		return nil, fmt.Errorf("serve: %w", err)
	}
	go func() {
		_ = v.command.Wait() // alive tells why
		close(v.gone)
	}()
	return v, nil
}

// alive says why a service has ended by itself, if it has.
func (v *service) alive() error {
	select {
	case <-v.gone:
		said, _ := os.ReadFile(v.log) // the error stands without it
		return fmt.Errorf("serve has ended\n%s", said[:min(len(said), 1000)])
	default:
		return nil
	}
}

// kill ends it as a crash would. It may be gone already.
func (v *service) kill() {
	_ = v.command.Process.Kill()
	<-v.gone
}

// arrivals gives the first request of each token since an instant.
func (e *estate) arrivals(since time.Time) (map[string]time.Time, error) {
	all, err := e.allArrivals()
	if err != nil {
		return nil, err
	}
	first := map[string]time.Time{}
	for _, a := range all {
		if _, known := first[a.Token]; !known && !a.At.Before(since) {
			first[a.Token] = a.At
		}
	}
	return first, nil
}

// ledgerRun is what `runner runs -o json` tells of a run.
type ledgerRun struct {
	Run        string     `json:"run"`
	Tick       time.Time  `json:"tick"`
	State      string     `json:"state"`
	Attempt    int        `json:"attempt"`
	Node       string     `json:"node"`
	StartedAt  *time.Time `json:"started_at"`
	FinishedAt *time.Time `json:"finished_at"`
}

func (e *estate) runs(limit int, states string) ([]ledgerRun, error) {
	command := exec.CommandContext(e.lab.ctx, e.lab.runner, "runs", "-o", "json", "--database", e.address(),
		"--limit", strconv.Itoa(limit), "--state", states)
	command.Env = e.env[:4]
	text, err := command.Output()
	if err != nil {
		return nil, fmt.Errorf("runner runs: %w", err)
	}
	var all []ledgerRun
	if err := json.Unmarshal(text, &all); err != nil {
		return nil, fmt.Errorf("runner runs: %w", err)
	}
	return all, nil
}

// succeeded waits until the ledger has count runs that succeeded, and gives
// them.
func (e *estate) succeeded(count int, within time.Duration) ([]ledgerRun, error) {
	var all []ledgerRun
	err := e.lab.until(within, 300*time.Millisecond, func() (bool, error) {
		if open, err := e.runs(1, "scheduled,running,interrupted"); err != nil || len(open) > 0 {
			return false, err
		}
		var err error
		all, err = e.runs(count+1, "succeeded")
		return len(all) >= count, err
	})
	return all, err
}

var errLate = errors.New("it didn't come true in time")

// until asks every so often until it holds.
func (l *lab) until(within, every time.Duration, holds func() (bool, error)) error {
	ctx, cancel := context.WithTimeoutCause(l.ctx, within, errLate)
	defer cancel()
	for {
		if ok, err := holds(); ok || err != nil {
			return err
		}
		if !rest(ctx, every) {
			return context.Cause(ctx)
		}
	}
}

// rest waits, and says whether it was left to.
func rest(ctx context.Context, wait time.Duration) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(wait):
		return true
	}
}

// appointment gives a whole minute and waits until it is lead away.
func (l *lab) appointment(lead time.Duration) (tick time.Time, schedule string, err error) {
	tick = time.Now().UTC().Add(lead).Truncate(time.Minute).Add(time.Minute)
	if !rest(l.ctx, time.Until(tick.Add(-lead))) {
		return tick, "", context.Cause(l.ctx)
	}
	return tick, fmt.Sprintf("%d %d * * *", tick.Minute(), tick.Hour()), nil
}

func (e *estate) allArrivals() ([]arrival, error) {
	request, err := http.NewRequestWithContext(e.lab.ctx, http.MethodGet, e.server.url+"/arrivals", nil)
	if err != nil {
		return nil, err
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	var all []arrival
	if err := json.NewDecoder(answer.Body).Decode(&all); err != nil {
		return nil, fmt.Errorf("arrivals: %w", err)
	}
	return all, nil
}
