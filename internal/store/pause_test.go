//go:build unix

package store_test

import (
	"context"
	"syscall"
	"testing"
	"time"

	"speckle-runner/internal/store"
	"speckle-runner/internal/store/storetest"
)

// A node that was stopped (SIGSTOP, a suspended machine) and wakes up finds
// that its run is another's, and publishes nothing.
func TestAPausedNodePublishesNothing(t *testing.T) {
	dsn := storetest.Postgres(t)
	s := open(t, dsn, store.FastLeases)
	paused := startChild(t, dsn, 300*time.Millisecond)
	enqueue(t, s, due("job", tick))
	storetest.Until(t, "the child runs it", 45*time.Second, func() bool { return len(paused.said("start")) == 1 })
	if err := paused.cmd.Process.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	work(t, s, store.WorkOptions{Handler: func(context.Context, store.Claim) store.Outcome {
		return store.Outcome{State: store.Succeeded, Records: 2}
	}})
	if run := awaitState(t, s, id("job"), store.Succeeded); run.Attempt != 2 || run.Node != s.Node() {
		t.Errorf("%+v", run)
	}
	if err := paused.cmd.Process.Signal(syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
	storetest.Until(t, "the child learns that it lost the run", 45*time.Second, func() bool { return len(paused.said("held")) == 1 })
	if lines := append(paused.said("publish"), paused.said("succeeded")...); len(lines) > 0 {
		t.Errorf("the paused node did %v", lines)
	}
	if run := getRun(t, s, id("job")); run.Records != 2 || run.Attempt != 2 {
		t.Errorf("%+v", run)
	}
	// It is a node again: it takes new runs.
	storetest.Until(t, "the woken node works again", 45*time.Second, func() bool {
		enqueue(t, s, due("more", time.Now()))
		return len(paused.said("publish")) > 0
	})
}
