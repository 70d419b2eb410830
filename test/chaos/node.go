package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"time"
)

// patient bounds what is waited for of a process that was asked to end.
const patient = 90 * time.Second

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
type node struct {
	command *exec.Cmd
	gone    chan struct{}
	log     string
	life    life // its end is there when it is gone
}

// serve starts one, with a log of its own, and the clock that a file tells.
func (e *estate) serve(ctx context.Context, clock string) (*node, error) {
	e.served++
	n := &node{gone: make(chan struct{}), log: filepath.Join(e.dir, fmt.Sprintf("serve-%d.log", e.served))}
	log, err := os.Create(n.log)
	if err != nil {
		return nil, err
	}
	defer log.Close()
	n.command = e.command(ctx, "serve", "--listen", "", "--log-format", "json", "--log-level", "debug", "--drain", "3s", "--preflight=false",
		"--keep-runs", "1000000")
	n.command.Env = append(slices.Clip(n.command.Env), "CHAOS_CLOCK="+clock)
	n.command.Stdout, n.command.Stderr = log, log
	if err := n.command.Start(); err != nil {
		return nil, fmt.Errorf("serve: %w", err)
	}
	n.life.From = time.Now()
	e.all = append(e.all, n)
	go func() {
		_ = n.command.Wait() // whoever asked tells how it ended
		n.life.To = time.Now()
		close(n.gone)
	}()
	return n, nil
}

// alive says how a serve ended that nobody asked to.
func (n *node) alive() error {
	select {
	case <-n.gone:
		return fmt.Errorf("serve ended by itself: %s (%s)", n.command.ProcessState, filepath.Base(n.log))
	default:
		return nil
	}
}

// serving waits until it is at work.
func (n *node) serving(ctx context.Context) error {
	for {
		if err := n.alive(); err != nil {
			return err
		}
		if n.serves() {
			return nil
		}
		if !rest(ctx, 20*time.Millisecond) {
			return ctx.Err()
		}
	}
}

// serves says whether it has come so far that it reads the job file no more to begin with.
func (n *node) serves() bool { return n.has("serving") }

// works says whether it has begun a run: from then on it can do without its database.
func (n *node) works() bool { return n.has("run started") }

func (n *node) has(message string) bool {
	text, err := os.ReadFile(n.log)
	return err == nil && bytes.Contains(text, []byte(`"message":"`+message+`"`))
}

// lives gives the times of all serves, which are gone.
func (e *estate) lives() (all []life) {
	for _, n := range e.all {
		<-n.gone
		all = append(all, n.life)
	}
	return all
}

// kill ends it as a power cut does.
func (n *node) kill() {
	_ = n.command.Process.Kill() // it may be gone
	<-n.gone
}

// stop asks it to end, and wants it to do so well.
func (n *node) stop() error {
	if err := ask(n.command.Process); err != nil {
		return fmt.Errorf("stop serve: %w", err)
	}
	select {
	case <-n.gone:
	case <-time.After(patient):
		n.kill()
		return fmt.Errorf("serve went on for %s after it was asked to end", patient)
	}
	if state := n.command.ProcessState; !state.Success() && (n.serves() || state.ExitCode() != interrupted) {
		return fmt.Errorf("serve ended with %s when it was asked to", n.command.ProcessState)
	}
	return nil
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
