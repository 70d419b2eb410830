package process

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

// Patient bounds what is waited for of a process that begins, or was asked to end.
const Patient = 90 * time.Second

// Process is a program that was started.
type Process struct {
	Command  *exec.Cmd
	Gone     chan struct{} // closed when it has ended
	From, To time.Time     // To is there when it is gone
	said     string        // the file that it prints to
}

// Start starts a command that prints to a file of its own.
func Start(c *exec.Cmd, said string) (*Process, error) {
	file, err := os.Create(said)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	c.Stdout, c.Stderr = file, file
	if err := c.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", filepath.Base(c.Path), err)
	}
	p := &Process{Command: c, Gone: make(chan struct{}), From: time.Now(), said: said}
	go func() {
		_ = c.Wait() // whoever asked tells how it ended
		p.To = time.Now()
		close(p.Gone)
	}()
	return p, nil
}

// Said gives what it has printed up to now.
func (p *Process) Said() ([]byte, error) { return os.ReadFile(p.said) }

// Alive says how a process ended that nobody asked to, and the last that it said.
func (p *Process) Alive() error {
	select {
	case <-p.Gone:
		said, _ := p.Said() // the error stands without it
		return fmt.Errorf("%s ended by itself: %s (%s)\n%s", p.name(), p.Command.ProcessState, filepath.Base(p.said),
			said[max(0, len(said)-2000):])
	default:
		return nil
	}
}

// Kill ends it as a power cut does.
func (p *Process) Kill() {
	_ = p.Command.Process.Kill() // it may be gone
	<-p.Gone
}

// Stop asks it to end, and wants it to do so well, or with one of these codes.
func (p *Process) Stop(codes ...int) error {
	if err := ask(p.Command.Process); err != nil {
		return fmt.Errorf("ask %s to end: %w", p.name(), err)
	}
	select {
	case <-p.Gone:
	case <-time.After(Patient):
		p.Kill()
		return fmt.Errorf("%s went on for %s after it was asked to end", p.name(), Patient)
	}
	for _, code := range append(codes, 0) {
		if p.Command.ProcessState.ExitCode() == code {
			return nil
		}
	}
	return fmt.Errorf("%s ended with %s when it was asked to", p.name(), p.Command.ProcessState)
}

// Pause stops it where it is, as a suspended machine does.
func (p *Process) Pause() error { return pause(p.Command.Process) }

// Wake lets it go on.
func (p *Process) Wake() error { return wake(p.Command.Process) }

// name is what it was started as: `runner serve`.
func (p *Process) name() string {
	name := filepath.Base(p.Command.Path)
	if len(p.Command.Args) > 1 {
		name += " " + p.Command.Args[1]
	}
	return name
}

// Rest waits, and says whether it was left to.
func Rest(ctx context.Context, wait time.Duration) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(wait):
		return true
	}
}
