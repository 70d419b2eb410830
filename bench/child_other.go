//go:build !linux

package main

import (
	"context"
	"os/exec"
	"time"
)

// adopt does nothing: only Linux needs it, and only Linux counts memory here.
func adopt() error { return nil }

// perform runs a command to its end and measures its time.
func perform(ctx context.Context, c *exec.Cmd) (sample, error) {
	begun := time.Now()
	if err := c.Start(); err != nil {
		return sample{}, err
	}
	defer context.AfterFunc(ctx, func() { _ = c.Process.Kill() })()
	err := c.Wait()
	s := sample{
		Seconds: time.Since(begun).Seconds(),
		CPU:     (c.ProcessState.UserTime() + c.ProcessState.SystemTime()).Seconds(),
	}
	if err != nil && ctx.Err() != nil {
		return s, context.Cause(ctx)
	}
	return s, err
}
