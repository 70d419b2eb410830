package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os/exec"
	"path/filepath"
	"slices"
	"time"

	"speckle-runner/test/process"
)

// interrupted is how a serve ends that is asked to before it is at work.
const interrupted = 130

// estate is the folder that serve works in.
type estate struct {
	dir    string
	runner string
	env    []string
	served int // how many serves were started
	all    []*node
}

func (e *estate) command(ctx context.Context, args ...string) *exec.Cmd {
	c := exec.CommandContext(ctx, e.runner, args...)
	c.Dir, c.Env = e.dir, e.env
	return c
}

func (e *estate) out() string { return filepath.Join(e.dir, "out") }

// node is one `runner serve`.
type node struct{ *process.Process }

// serve starts one, with a log of its own, and the clock that a file tells.
func (e *estate) serve(ctx context.Context, clock string) (*node, error) {
	e.served++
	c := e.command(ctx, "serve", "--listen", "", "--log-format", "json", "--log-level", "debug", "--drain", "3s", "--preflight=false",
		"--keep-runs", "1000000")
	c.Env = append(slices.Clip(c.Env), "CHAOS_CLOCK="+clock)
	p, err := process.Start(c, filepath.Join(e.dir, fmt.Sprintf("serve-%d.log", e.served)))
	if err != nil {
		return nil, err
	}
	n := &node{p}
	e.all = append(e.all, n)
	return n, nil
}

// serving waits until it is at work.
func (n *node) serving(ctx context.Context) error {
	for {
		if err := n.Alive(); err != nil {
			return err
		}
		if n.serves() {
			return nil
		}
		if !process.Rest(ctx, 20*time.Millisecond) {
			return ctx.Err()
		}
	}
}

// serves says whether it has come so far that it reads the job file no more to begin with.
func (n *node) serves() bool { return n.has("serving") }

// works says whether it has begun a run: from then on it can do without its database.
func (n *node) works() bool { return n.has("run started") }

func (n *node) has(message string) bool {
	text, err := n.Said()
	return err == nil && bytes.Contains(text, []byte(`"message":"`+message+`"`))
}

// lives gives the times of all serves, which are gone.
func (e *estate) lives() (all []life) {
	for _, n := range e.all {
		<-n.Gone
		all = append(all, life{n.From, n.To})
	}
	return all
}

// stop asks it to end, and wants it to do so well, or to say that it was cut off: its ledger may be held, or
// away, for longer than it waits.
func (n *node) stop() error {
	if err := n.Stop(interrupted); err != nil || n.Command.ProcessState.ExitCode() == 0 || !n.serves() {
		return err
	}
	text, err := n.Said()
	if err == nil && !bytes.Contains(text, []byte("some runs did not stop within")) {
		return fmt.Errorf("runner serve ended with %d when it was asked to, and said nothing of runs that did not stop", interrupted)
	}
	return err
}

// told is what the ledger says of runs to people.
func (e *estate) told(ctx context.Context, args ...string) ([]byte, error) {
	text, err := e.command(ctx, append([]string{"runs", "-o", "json", "--limit", "1000000"}, args...)...).Output()
	if err != nil {
		return nil, fmt.Errorf("runner runs: %w", err)
	}
	return text, nil
}

func (e *estate) runs(ctx context.Context, args ...string) ([]ledgerRun, error) {
	text, err := e.told(ctx, args...)
	if err != nil {
		return nil, err
	}
	var all []ledgerRun
	if err := json.Unmarshal(text, &all); err != nil {
		return nil, fmt.Errorf("runner runs: %w", err)
	}
	return all, nil
}
