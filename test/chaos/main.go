package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"speckle-runner/test/process"
)

func main() {
	var o options
	flag.DurationVar(&o.length, "for", time.Hour, "how long the bad days last; calming down comes on top")
	flag.Uint64Var(&o.seed, "seed", 0, "what is done and when comes from it; 0: another one each time")
	flag.IntVar(&o.nodes, "nodes", 1, "how many nodes: one has SQLite, several share a PostgreSQL that is killed, too")
	flag.IntVar(&o.jobs, "jobs", 36, "how many jobs, of all kinds alike; from 60 on each is due less often")
	flag.StringVar(&o.runner, "runner", "", "a runner that is built already, and whose clock doesn't jump")
	flag.StringVar(&o.dir, "dir", "", "an empty folder to work in, which stays (default: one that goes when nothing is wrong)")
	flag.Parse()
	if o.seed == 0 {
		o.seed = uint64(time.Now().UnixNano()) % 1_000_000 // shown, so that it can be given
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	ran, err := apart(ctx)
	if ran && err != nil {
		os.Exit(1) // it has said why
	}
	if !ran && err == nil {
		err = run(ctx, o)
	}
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "chaos:", err)
		os.Exit(1)
	}
}

var (
	errBroken      = errors.New("a promise was broken")
	errInterrupted = errors.New("interrupted, so nothing was judged")
)

func run(ctx context.Context, o options) error {
	dir, err := process.Folder(o.dir, "chaos")
	if err != nil {
		return err
	}
	if o.runner == "" {
		if o.runner, o.clocks, err = build(ctx, dir); err != nil {
			return err
		}
	}
	work := filepath.Join(dir, "work")
	if err := os.Mkdir(work, 0o700); err != nil {
		return err
	}
	s, err := newStorm(ctx, o, work)
	if err != nil {
		return err
	}
	defer s.close()
	fmt.Printf("seed %d: %d jobs, %s, for %s\n", o.seed, len(s.jobs), s.place(), o.length)
	fmt.Fprintln(os.Stderr, "chaos: works in", work)
	children, end := context.WithCancel(ctx)
	err = s.rage(children, o.length)
	end() // kills what still runs
	for _, n := range s.nodes {
		if n != nil {
			<-n.Gone
		}
	}
	if ctx.Err() != nil || err != nil || len(s.report.texts) > 0 || o.dir != "" {
		if err := s.rescue(); err != nil {
			return err
		}
	}
	if ctx.Err() != nil {
		return fmt.Errorf("%w; logs, files and ledger are in %s", errInterrupted, work)
	}
	if err != nil {
		s.report.add(found(broken, "%v", err))
	}
	fmt.Println(s.line())
	for _, text := range s.report.texts {
		fmt.Println(" ", text)
	}
	if len(s.report.texts) > 0 {
		return fmt.Errorf("%w; logs, files and ledger are in %s", errBroken, work)
	}
	if o.dir != "" {
		return nil
	}
	if s.disks.out != nil {
		if err := errors.Join(s.disks.out.remove(), s.disks.ledger.remove()); err != nil {
			return err
		}
	}
	return os.RemoveAll(dir)
}

// build makes the runner that is put to the test, and says whether its clock can be set.
func build(ctx context.Context, dir string) (runner string, clocks bool, err error) {
	sewn := filepath.Join(dir, "seam")
	if err := os.Mkdir(sewn, 0o700); err != nil {
		return "", false, err
	}
	args, err := seam(ctx, sewn)
	clocks = err == nil
	if err != nil && !errors.Is(err, errNoSeam) {
		return "", false, fmt.Errorf("a runner whose clock can be set: %w", err)
	}
	runner, err = process.Build(ctx, dir, args...)
	return runner, clocks, err
}
