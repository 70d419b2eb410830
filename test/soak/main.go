package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"syscall"
	"time"

	"speckle-runner/test/process"
)

func main() {
	var o options
	flag.IntVar(&o.runs, "runs", 100_000, "how many runs have to end")
	flag.IntVar(&o.jobs, "jobs", 96, "how many jobs there are")
	flag.DurationVar(&o.every, "every", time.Second, "how often each is due; what a machine can't keep up with waits, and its ledger grows")
	flag.StringVar(&o.plot, "plot", "", "an SVG to draw what was seen into")
	flag.StringVar(&o.runner, "runner", "", "a runner that is built already")
	flag.StringVar(&o.dir, "dir", "", "an empty folder to work in, which stays (default: one that goes when nothing grew)")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, o)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "soak:", err)
		os.Exit(1)
	}
}

var errGrew = errors.New("something grew")

func run(ctx context.Context, o options) error {
	switch {
	case runtime.GOOS != "linux":
		return errors.New("a process is looked at in /proc, which Linux has")
	case o.runs < 1000 || o.jobs < 1 || o.jobs > 1000 || o.every < time.Second:
		return errors.New("want -runs 1000 or more, -jobs 1 to 1000, and -every 1s or more")
	}
	dir, err := process.Folder(o.dir, "soak")
	if err != nil {
		return err
	}
	if o.runner == "" {
		if o.runner, err = process.Build(ctx, dir); err != nil {
			return err
		}
	}
	began := time.Now()
	seen, err := soak(ctx, o, filepath.Join(dir, "work"))
	if err != nil {
		return fmt.Errorf("%w (log, files and ledger are in %s)", err, dir)
	}
	if o.plot != "" {
		if err := os.WriteFile(o.plot, draw(seen), 0o644); err != nil {
			return fmt.Errorf("draw: %w", err)
		}
	}
	fmt.Printf("%.0f runs of %d jobs in %s\n", seen[len(seen)-1].Runs, o.jobs, time.Since(began).Round(time.Second))
	grew := 0
	for _, v := range judge(seen) {
		fmt.Println(v)
		if v.Grew {
			grew++
		}
	}
	if grew > 0 {
		return fmt.Errorf("%w (log, files and ledger are in %s)", errGrew, dir)
	}
	if o.dir != "" {
		return nil
	}
	return os.RemoveAll(dir)
}
