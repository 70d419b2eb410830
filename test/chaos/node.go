package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

// patient bounds what is waited for of a process that was asked to end.
const patient = 90 * time.Second

// estate is the folder that serve works in.
type estate struct {
	dir    string
	runner string
	env    []string
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
}

// serve starts one; its log goes on where the last one's ended.
func (e *estate) serve(ctx context.Context) (*node, error) {
	log, err := os.OpenFile(filepath.Join(e.dir, "serve.log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	defer log.Close()
	n := &node{gone: make(chan struct{})}
	n.command = e.command(ctx, "serve", "--listen", "", "--log-format", "json", "--log-level", "debug", "--drain", "3s", "--preflight=false",
		"--keep-runs", "1000000")
	n.command.Stdout, n.command.Stderr = log, log
	if err := n.command.Start(); err != nil {
		return nil, fmt.Errorf("serve: %w", err)
	}
	go func() {
		_ = n.command.Wait() // whoever asked tells how it ended
		close(n.gone)
	}()
	return n, nil
}

// alive says how a serve ended that nobody asked to.
func (n *node) alive() error {
	select {
	case <-n.gone:
		return fmt.Errorf("serve ended by itself: %s", n.command.ProcessState)
	default:
		return nil
	}
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
	if !n.command.ProcessState.Success() {
		return fmt.Errorf("serve ended with %s when it was asked to", n.command.ProcessState)
	}
	return nil
}

// runs asks the ledger, as people do.
func (e *estate) runs(ctx context.Context, args ...string) ([]ledgerRun, error) {
	text, err := e.command(ctx, append([]string{"runs", "-o", "json", "--limit", "1000000"}, args...)...).Output()
	if err != nil {
		return nil, fmt.Errorf("runner runs: %w", err)
	}
	var all []ledgerRun
	if err := json.Unmarshal(text, &all); err != nil {
		return nil, fmt.Errorf("runner runs: %w", err)
	}
	return all, nil
}
