package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"speckle-runner/test/process"
)

// calm heals everything, and waits until the ledger has nothing left to do.
func (s *storm) calm(ctx context.Context) error {
	if err := s.right(); err != nil {
		return err
	}
	if err := s.put(s.jobs, s.text(s.jobs, false)); err != nil {
		return err
	}
	healed, awaited := time.Now(), ""
	if err := s.until(ctx, "every job is due once more, and does its work", func() (bool, error) {
		runs, err := s.estate.runs(ctx)
		newest := map[string]time.Time{} // good
		for _, r := range runs {
			if r.State == "succeeded" && r.Tick.After(newest[r.Job]) {
				newest[r.Job] = r.Tick
			}
		}
		last := ""
		for _, j := range s.jobs {
			if newest[j.name].Before(healed) {
				last = j.name
			}
		}
		if last != "" && last != awaited {
			awaited = last
			fmt.Fprintf(os.Stderr, "chaos: %s healed, and waits for %s\n", time.Since(healed).Round(time.Second), awaited)
		}
		return last == "", err
	}); err != nil {
		return err
	}
	if err := s.end(); err != nil {
		return err
	}
	if err := replace(filepath.Join(s.estate.dir, "jobs.yaml"), s.text(s.jobs, true)); err != nil {
		return err
	}
	if err := s.redeliver(ctx); err != nil {
		return err
	}
	s.nodes = s.nodes[:1]
	if err := s.begin(ctx, 0); err != nil {
		return err
	}
	if err := s.until(ctx, "everything has an end", func() (bool, error) {
		open, err := s.estate.runs(ctx, "--state", "scheduled,running,interrupted")
		if err != nil || len(open) > 0 {
			return false, err
		}
		owed, err := s.estate.runs(ctx, "--undelivered")
		return len(owed) == 0, err
	}); err != nil {
		s.report.add(found(broken, "%v", err)) // the ledger then says what has none
	}
	if err := s.end(); err != nil {
		return err
	}
	return s.judge(ctx, healed)
}

// redeliver sends what is owed at once, as people do who don't want to wait for its next try.
func (s *storm) redeliver(ctx context.Context) error {
	owed, err := s.estate.runs(ctx, "--undelivered")
	for _, r := range owed {
		text, wrong := s.estate.command(ctx, "redeliver", r.Run).CombinedOutput()
		if wrong != nil {
			err = errors.Join(err, fmt.Errorf("runner redeliver %s: %w\n%s", r.Run, wrong, text))
		}
	}
	return err
}

// longestCalm is for messages whose last try was to be in two minutes.
const longestCalm = 8 * time.Minute

var errRestless = errors.New("it didn't come true in time")

func (s *storm) until(ctx context.Context, what string, holds func() (bool, error)) error {
	ctx, cancel := context.WithTimeoutCause(ctx, longestCalm, errRestless)
	defer cancel()
	for {
		for _, n := range s.nodes {
			if err := n.Alive(); err != nil {
				return err
			}
		}
		if ok, err := holds(); ok || err != nil {
			return err
		}
		if !process.Rest(ctx, time.Second) {
			return fmt.Errorf("%s: %w", what, context.Cause(ctx))
		}
	}
}
