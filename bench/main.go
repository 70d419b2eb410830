// Command bench measures the runner against what people use in its place:
// curl, shell loops, Python, jq. It prints ratios of one run on one machine,
// beside the numbers that the project wants to reach.
//
// It asserts no time and fails for none: it fails when somebody's export isn't
// whole. It talks to nothing but a server of its own on loopback, which is a
// process apart so that its work counts for nobody, and leaves nothing behind.
//
// It has more files than other rooms: a comparison is one, and all of them share the
// server, the measuring and the table.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"
)

func main() {
	children := map[string]func(string) error{serveArgument: serve, floorArgument: floorMain}
	if len(os.Args) == 3 && children[os.Args[1]] != nil {
		if err := children[os.Args[1]](os.Args[2]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func readFlags() (options, error) {
	var o options
	flag.StringVar(&o.rows, "row", "", "only these rows, separated by commas: "+strings.Join(rowNames(), ", "))
	flag.Float64Var(&o.scale, "scale", 1, "share of the full number of records; the targets are meant for 1")
	flag.IntVar(&o.rounds, "n", 3, "rounds; the median counts")
	flag.DurationVar(&o.budget, "budget", 2*time.Minute, "no contestant gets another round beyond this much time in a row of the table")
	flag.StringVar(&o.output, "o", "table", "table or json")
	flag.StringVar(&o.runner, "runner", "", "a runner that is built already")
	flag.StringVar(&o.dir, "dir", "", "where exports are written, and removed again (default bench/out)")
	flag.Parse()
	switch {
	case flag.NArg() > 0:
		return o, fmt.Errorf("unexpected argument %q", flag.Arg(0))
	case o.output != "table" && o.output != "json":
		return o, fmt.Errorf("-o %q: want table or json", o.output)
	case o.scale <= 0 || o.scale > 10:
		return o, fmt.Errorf("-scale %v: want more than 0, at most 10", o.scale)
	case o.rounds < 1 || o.rounds > 100:
		return o, fmt.Errorf("-n %d: want 1 to 100", o.rounds)
	}
	return o, nil
}

func run(ctx context.Context) error {
	o, err := readFlags()
	if err != nil {
		return err
	}
	chosen, err := chooseRows(o.rows)
	if err != nil {
		return err
	}
	l, err := openLab(ctx, o)
	if err != nil {
		return err
	}
	defer l.close()
	report := report{Machine: l.machine(), Scale: o.scale}
	var problems []error
	for _, r := range chosen {
		l.sayf("%s: %s", r.name, r.about)
		lines, err := r.measure(l)
		for i := range lines {
			lines[i].Row = r.name
		}
		report.Lines = append(report.Lines, lines...)
		if err != nil {
			problems = append(problems, fmt.Errorf("row %s: %w", r.name, err))
		}
		if ctx.Err() != nil {
			break
		}
	}
	if o.output == "json" {
		err = report.json(os.Stdout)
	} else {
		err = report.table(os.Stdout)
	}
	return errors.Join(append(problems, err)...)
}
