package daemon

import (
	"context"
	"io"
	"os"
	"time"

	"golang.org/x/sys/windows/svc"
	"golang.org/x/sys/windows/svc/eventlog"
)

// eventID is of the thousand whose text Windows' own event program shows as it is.
const eventID = 1

// Under runs the process, below Windows' service manager if that has started it:
// a stop and a shutdown cancel the context as SIGTERM does, and what the process
// writes for people goes to the event log, since nobody sees its screen.
func Under(ctx context.Context, messages io.Writer, run func(ctx context.Context, messages io.Writer) int) int {
	if is, err := svc.IsWindowsService(); err != nil || !is {
		return run(ctx, messages)
	}
	h := &handler{ctx: ctx, run: run, messages: messages}
	if err := svc.Run("", h); err != nil { // a process of its own: the manager knows the name
		return 1
	}
	return h.code
}

type handler struct {
	ctx      context.Context
	run      func(ctx context.Context, messages io.Writer) int
	messages io.Writer
	code     int
}

// stopHint is how long the manager waits for the next word of a stop.
const stopHint = 10 * time.Second

// Execute answers the manager until the process has ended.
func (h *handler) Execute(args []string, requests <-chan svc.ChangeRequest, status chan<- svc.Status) (bool, uint32) {
	ctx, stop := context.WithCancel(h.ctx)
	defer stop()
	messages := h.messages
	if log, err := eventlog.Open(args[0]); err == nil {
		defer log.Close()
		messages = eventWriter{log}
	}
	ended := make(chan int, 1)
	go func() { ended <- h.run(ctx, messages) }()
	now := svc.Status{State: svc.Running, Accepts: svc.AcceptStop | svc.AcceptShutdown}
	status <- now
	tick := time.NewTicker(stopHint / 3)
	defer tick.Stop()
	for {
		select {
		case h.code = <-ended:
			return h.end(ctx)
		case r := <-requests:
			if r.Cmd == svc.Stop || r.Cmd == svc.Shutdown {
				now = svc.Status{State: svc.StopPending, WaitHint: uint32(stopHint.Milliseconds())}
				stop()
			}
			status <- now
		case <-tick.C:
			if now.State == svc.StopPending { // runs still drain: a number that grows says so
				now.CheckPoint++
				status <- now
			}
		}
	}
}

// end tells how it ended. Windows starts again only a service whose process goes
// without a word: so goes one that may do better next time.
func (h *handler) end(ctx context.Context) (bool, uint32) {
	if h.code != 0 && ctx.Err() == nil && !hopeless(h.code) {
		os.Exit(h.code)
	}
	return h.code != 0, uint32(h.code)
}

type eventWriter struct{ log *eventlog.Log }

// Write makes one event of one message.
func (w eventWriter) Write(p []byte) (int, error) {
	var err error
	switch text := eventText(p); eventLevel(p) {
	case levelError:
		err = w.log.Error(eventID, text)
	case levelWarning:
		err = w.log.Warning(eventID, text)
	default:
		err = w.log.Info(eventID, text)
	}
	return len(p), err
}
