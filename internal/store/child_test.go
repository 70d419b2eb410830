package store_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"speckle-runner/internal/store"
	"speckle-runner/internal/store/storetest"
)

// childVariable makes the test binary a node: it holds the database's address.
const childVariable = "RUNNER_STORE_TEST_NODE"

// others are what else the test binary may be, by the variable that says so.
var others = map[string]func(value string) int{}

func TestMain(m *testing.M) {
	for variable, play := range others {
		if value := os.Getenv(variable); value != "" {
			os.Exit(play(value))
		}
	}
	if dsn := os.Getenv(childVariable); dsn != "" {
		os.Exit(childMain(dsn))
	}
	os.Exit(storetest.Main(m))
}

// childMain works until it is killed, and tells what it does line by line.
func childMain(dsn string) int {
	pause, err := time.ParseDuration(os.Getenv(childVariable + "_PAUSE"))
	if err != nil {
		return 2
	}
	o := store.Options{Node: "child", Log: zerolog.New(os.Stderr).Level(zerolog.ErrorLevel), Lock: strings.HasPrefix(dsn, "sqlite"),
		MaxCrashes: 1000}
	store.FastLeases(&o)
	s, err := store.Open(context.Background(), dsn, o)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	if os.Getenv(childVariable+"_DUE") != "" {
		go makeDue(s)
	}
	err = s.Work(context.Background(), store.WorkOptions{
		Overlap: always(store.OverlapQueue),
		Handler: func(ctx context.Context, c store.Claim) store.Outcome {
			fmt.Println("start", c.Run, c.Attempt)
			<-time.After(pause)
			if _, err := s.Hold(context.WithoutCancel(ctx), c); err != nil {
				fmt.Println("held", c.Run, c.Attempt)
				return store.Outcome{State: store.Failed, Error: err.Error()}
			}
			fmt.Println("publish", c.Run, c.Attempt)
			return store.Outcome{State: store.Succeeded, Deliveries: []store.NewDelivery{{ID: "msg-" + c.Run, Target: "hook"}}}
		},
		Deliver: func(_ context.Context, d store.Delivery) store.DeliveryResult {
			fmt.Println("deliver", d.ID)
			return store.Delivered("")
		},
		Observe: func(e store.Event) { fmt.Println(e.State, e.Run, e.Attempt) },
	})
	fmt.Fprintln(os.Stderr, err)
	return 1
}

// makeDue is a scheduler whose jobs are due all the time.
func makeDue(s *store.Store) {
	for i := 0; ; i++ {
		d := store.Due{Job: fmt.Sprintf("job-%d-%d", os.Getpid(), i), Tick: time.Now(), Trigger: store.Schedule}
		if _, err := s.Enqueue(context.Background(), []store.Due{d}); err == nil {
			fmt.Println("due", store.RunID(d.Job, d.Tick))
		}
		<-time.After(time.Millisecond)
	}
}

// child is another process that works on the same database.
type child struct {
	cmd   *exec.Cmd
	ended chan struct{}

	mu    sync.Mutex
	lines []string
}

func startChild(t *testing.T, dsn string, pause time.Duration, more ...string) *child {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	c := &child{cmd: exec.Command(self), ended: make(chan struct{})}
	c.cmd.Env = append(os.Environ(), childVariable+"="+dsn, childVariable+"_PAUSE="+pause.String())
	for _, variable := range more {
		c.cmd.Env = append(c.cmd.Env, childVariable+variable)
	}
	c.cmd.Stderr = os.Stderr
	out, err := c.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(c.ended)
		for scanner := bufio.NewScanner(out); scanner.Scan(); {
			c.mu.Lock()
			c.lines = append(c.lines, scanner.Text())
			c.mu.Unlock()
		}
		_ = c.cmd.Wait()
	}()
	t.Cleanup(c.kill)
	return c
}

// kill ends the process without a chance to clean up, and waits for it.
func (c *child) kill() {
	_ = c.cmd.Process.Kill()
	<-c.ended
}

// said gives the lines that begin with a word.
func (c *child) said(word string) []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	var found []string
	for _, line := range c.lines {
		if rest, ok := strings.CutPrefix(line, word+" "); ok {
			found = append(found, rest)
		}
	}
	return found
}
