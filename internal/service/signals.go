package service

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

// Hangups turns SIGHUPs, until ctx ends, into requests to read the job file again.
func Hangups(ctx context.Context) <-chan struct{} {
	hangup := make(chan os.Signal, 1)
	signal.Notify(hangup, syscall.SIGHUP)
	now := make(chan struct{})
	go func() {
		defer signal.Stop(hangup)
		for {
			select {
			case <-hangup:
			case <-ctx.Done():
				return
			}
			select {
			case now <- struct{}{}:
			case <-ctx.Done():
				return
			}
		}
	}()
	return now
}

// surviveBrokenLog keeps the process alive when nobody reads its log any more, as when the
// journal or a log shipper has died: else Go ends it with SIGPIPE at the next line, and
// systemd takes that for a clean end. Programs that it starts get SIGPIPE as usual.
func surviveBrokenLog() {
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE)
}
