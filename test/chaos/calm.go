package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"speckle-runner/test/process"
)

// calm heals everything, and waits until the ledger has nothing left to do.
func (s *storm) calm(ctx context.Context) error {
	if err := s.heal(); err != nil {
		return err
	}
	healed := time.Now()
	if err := s.onceMore(ctx, healed); err != nil {
		return err
	}
	done := time.Now()
	if err := s.end(); err != nil {
		return err
	}
	owed, err := s.redeliver(ctx)
	if err != nil {
		return err
	}
	if err := s.finish(ctx); err != nil {
		return err
	}
	sent := time.Now()
	err = s.judge(ctx, healed)
	fmt.Fprintf(os.Stderr, "chaos: the jobs' work took %s, the messages of %d runs %s, the judgement %s\n", whole(done.Sub(healed)), owed,
		whole(sent.Sub(done)), whole(time.Since(sent)))
	return err
}

func whole(d time.Duration) time.Duration { return d.Round(time.Second) }

// heal sets clocks right, cuts off who hangs on a connection from which nothing comes, and
// gives the job file its first schedules back.
func (s *storm) heal() error {
	if err := s.right(); err != nil {
		return err
	}
	gates := []*gate{s.network, s.post, s.mail, s.database}
	for _, c := range s.clouds {
		gates = append(gates, c.gate)
	}
	for _, g := range gates {
		if g != nil {
			g.let(shut)
			g.let(open)
		}
	}
	return s.put(s.jobs, s.text(s.jobs))
}

// onceMore lets each job be due until it has done its work, and rest from then on: a machine
// on which more is due than it can do comes to an end, too.
func (s *storm) onceMore(ctx context.Context, healed time.Time) error {
	rested := map[string]bool{}
	return s.until(ctx, "every job is due once more, and does its work", func() (left int, err error) {
		runs, err := s.estate.runs(ctx)
		if err != nil {
			return 0, err
		}
		before, active := len(rested), 0
		for _, r := range runs {
			if r.State == "succeeded" && !r.Tick.Before(healed) {
				rested[r.Job] = true
			}
			if slices.Contains(restless, r.State) {
				active++
			}
		}
		if len(rested) > before {
			err = replace(filepath.Join(s.estate.dir, "jobs.yaml"), s.text(resting(s.jobs, rested)))
		}
		return len(s.jobs) - len(rested) + active, err
	})
}

// restless are the states from which something comes yet.
var restless = []string{"scheduled", "running", "interrupted"}

// resting gives jobs of which some are due no more.
func resting(all []job, which map[string]bool) []job {
	all = slices.Clone(all)
	for i := range all {
		if which[all[i].name] {
			all[i].every = 0
		}
	}
	return all
}

// finish lets a node do what is left, if anything is.
func (s *storm) finish(ctx context.Context) error {
	s.nodes = s.nodes[:0] // they have ended
	left, err := s.left(ctx)
	if err != nil || left == 0 {
		return err
	}
	s.nodes = make([]*node, 1)
	if err := s.begin(ctx, 0); err != nil {
		return err
	}
	if err := s.until(ctx, "everything has an end", func() (int, error) { return s.left(ctx) }); err != nil {
		s.report.add(found(broken, "%v", err)) // the ledger then says what has none
	}
	return s.end()
}

// left counts the runs that have no end, or whose messages haven't.
func (s *storm) left(ctx context.Context) (int, error) {
	active, err := s.estate.runs(ctx, "--state", "scheduled,running,interrupted")
	if err != nil {
		return 0, err
	}
	owed, err := s.estate.runs(ctx, "--undelivered")
	return len(active) + len(owed), err
}

// redeliver sends what is owed at once, as people do who don't want to wait for its next try.
func (s *storm) redeliver(ctx context.Context) (int, error) {
	owed, err := s.estate.runs(ctx, "--undelivered")
	for _, r := range owed {
		text, wrong := s.estate.command(ctx, "redeliver", r.Run).CombinedOutput()
		if wrong != nil {
			err = errors.Join(err, fmt.Errorf("runner redeliver %s: %w\n%s", r.Run, wrong, text))
		}
	}
	return len(owed), err
}

// longestCalm is how long nothing at all may become of what is left: messages may wait two
// minutes for their last try. A busy machine is slow, and something becomes of it.
const longestCalm = 8 * time.Minute

var errRestless = errors.New("nothing became of it for " + longestCalm.String())

// until waits until nothing is left of what is counted.
func (s *storm) until(ctx context.Context, what string, count func() (left int, err error)) error {
	least, moved, told := -1, time.Now(), time.Now()
	for {
		for _, n := range s.nodes {
			if err := n.Alive(); err != nil {
				return err
			}
		}
		left, err := count()
		if err != nil || left == 0 {
			return err
		}
		switch {
		case least < 0 || left < least:
			least, moved = left, time.Now()
		case time.Since(moved) > longestCalm:
			return fmt.Errorf("%s: %w (%d left)", what, errRestless, left)
		}
		if time.Since(told) > time.Minute {
			told = time.Now()
			fmt.Fprintf(os.Stderr, "chaos: waits until %s; %d left\n", what, left)
		}
		if !process.Rest(ctx, time.Second) {
			return fmt.Errorf("%s: %w", what, context.Cause(ctx))
		}
	}
}
