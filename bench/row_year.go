package main

import (
	"database/sql"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

const (
	yearJobs    = 200
	yearCommand = 200 // ms, start to exit
	yearMB      = 200
	// yearKeeps is for how long a service keeps runs where no flag says otherwise, and
	// yearForgets bounds how long it takes to forget what is older.
	yearKeeps   = 90 * 24 * time.Hour
	yearForgets = 5 * time.Minute
)

// measureYear looks at the ledger that 200 nightly jobs leave in a year of which nothing
// was forgotten: how large it is, how long each page and each command takes that reads
// it, and what the usual 90 days leave of it.
func measureYear(l *lab) ([]line, error) {
	s, err := l.server(serverSpec{Ticks: true, Name: "year"})
	if err != nil {
		return nil, err
	}
	jobs := l.scaled(yearJobs)
	e, err := l.estate(s, jobs, "0 3 1 1 *") // what was nightly isn't due while it is looked at
	if err != nil {
		return nil, err
	}
	defer e.remove()
	y := newYear()
	if err := e.fill(jobs, yearNights, y.run); err != nil {
		return nil, err
	}
	size, err := e.size(fmt.Sprintf("%d runs, the ledger's file", jobs*yearNights))
	if err != nil {
		return nil, err
	}
	lines := []line{size.valueAtMost(yearMB)}
	for _, part := range []func(*estate, year) ([]line, error){(*estate).yearPages, (*estate).yearCommands, (*estate).yearKept} {
		more, err := part(e, y)
		if lines = append(lines, more...); err != nil {
			return lines, err
		}
	}
	return lines, nil
}

// yearPages looks at each page while a service keeps all of it.
func (e *estate) yearPages(y year) ([]line, error) {
	usual := e.env
	defer func() { e.env = usual }()
	e.env = append(slices.Clip(e.env), "RUNNER_KEEP_RUNS_FOR=100000h", "RUNNER_KEEP_RUNS=100000")
	v, site, err := e.serveWithPages()
	if err != nil {
		return nil, err
	}
	defer v.kill()
	job := jobName(0)
	lines, err := e.lab.lookAt(v, site, []webPage{
		{"overview", "/"}, {"overview, what needs attention", "/?show=attention"}, {"overview, a search", "/?q=77"},
		{"a job", "/jobs/" + job}, {"a run", "/runs/" + y.newest(job)}, {"calendar", "/calendar"}, {"deliveries", "/deliveries"},
		{"tokens", "/tokens"}, {"check", "/check"}, {"metrics", "/metrics"}, {"API, jobs", "/api/v1/jobs"}, {"API, runs", "/api/v1/runs"},
		{"API, runs that owe a message", "/api/v1/runs?undelivered=true"},
	})
	if err != nil {
		return nil, err
	}
	peak, now, _, err := v.usage()
	memory := compare("serve, once its pages were looked at", figure{Value: now, Unit: "MB"}, "", figure{})
	memory.Note = fmt.Sprintf("peak %.0f MB", peak)
	return append(lines, memory), err
}

// yearCommands runs each command that reads the ledger, start to exit.
func (e *estate) yearCommands(y year) (lines []line, err error) {
	job := jobName(0)
	for _, words := range []string{
		"version", "runs", "runs " + job, "runs --limit 1000 -o json", "runs --state failed", "runs --state missed", "runs --state running",
		"runs " + job + " --state failed", "runs --undelivered", "show " + y.newest(job), "show -o json " + y.failed(job),
		"redeliver " + y.newest(job), "next", "next " + job,
	} {
		all := make([]sample, 0, e.lab.rounds*3)
		for range e.lab.rounds * 3 {
			command := exec.CommandContext(e.lab.ctx, e.lab.runner, strings.Fields(words)...)
			command.Dir, command.Env = e.dir, append(slices.Clip(e.env), "RUNNER_DATABASE="+e.address())
			var said strings.Builder
			command.Stderr = &said
			began := time.Now()
			if err := command.Run(); err != nil {
				return lines, fmt.Errorf("runner %s: %w\n%s", words, err, said.String())
			}
			used := command.ProcessState
			all = append(all, sample{Seconds: time.Since(began).Seconds(), CPU: (used.UserTime() + used.SystemTime()).Seconds()})
		}
		lines = append(lines, compare("runner "+words, milliseconds(all), "", figure{}).valueAtMost(yearCommand))
	}
	return lines, nil
}

// yearKept lets a service forget what is older than 90 days, as it does where no flag
// says otherwise.
func (e *estate) yearKept(year) ([]line, error) {
	began := time.Now()
	v, err := e.serve("forgetful", 8)
	if err != nil {
		return nil, err
	}
	defer v.kill()
	age := time.Duration(0)
	if err := e.lab.until(yearForgets, 200*time.Millisecond, func() (bool, error) {
		if err := v.alive(); err != nil {
			return false, err
		}
		err := e.ask("SELECT 1000 * age FROM pruned", &age) // it is noted once they are gone
		return age == yearKeeps, err
	}); err != nil {
		return nil, fmt.Errorf("forget what is older than %s: %w", yearKeeps, err)
	}
	took, left := time.Since(began), 0
	if err := e.ask("SELECT count(*) FROM runs", &left); err != nil {
		return nil, err
	}
	kept, err := e.size(fmt.Sprintf("%d runs, what 90 days keep of it", left))
	kept.Note += fmt.Sprintf("; a serve forgot the rest within %.1f s of its start", took.Seconds())
	return []line{kept}, err
}

// size gives that of the ledger's file, and how much of it is used.
func (e *estate) size(what string) (line, error) {
	info, err := os.Stat(filepath.Join(e.dir, "runner.db"))
	if err != nil {
		return line{}, err
	}
	var free, page int64
	if err := errors.Join(e.ask("PRAGMA freelist_count", &free), e.ask("PRAGMA page_size", &page)); err != nil {
		return line{}, err
	}
	l := compare(what, figure{Value: float64(info.Size()) / 1e6, Unit: "MB"}, "", figure{})
	l.Note = fmt.Sprintf("%.0f MB of it are used", float64(info.Size()-free*page)/1e6)
	return l, nil
}

// ask reads one value from the ledger's file, as somebody beside it would.
func (e *estate) ask(question string, into any) (err error) {
	db, err := sql.Open("sqlite", "file:"+filepath.Join(e.dir, "runner.db")+"?mode=ro&_pragma=busy_timeout(10000)")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	return db.QueryRowContext(e.lab.ctx, question).Scan(into)
}
