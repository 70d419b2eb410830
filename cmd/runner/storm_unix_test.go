//go:build unix

package main

import (
	"bytes"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"speckle-runner/internal/speckle/fake"
	"speckle-runner/internal/store"
	"speckle-runner/internal/store/storetest"
)

// patient is how long a test waits for what other processes do. It bounds a
// test that fails, and says nothing about how fast they are.
const patient = 60 * time.Second

// stormHookSecret signs messages, and may be found nowhere.
const stormHookSecret = "storm-hook-secret-7e0d55"

// storm is a folder in which real `runner serve` processes work, with a server
// and a receiver around it.
type storm struct {
	dir    string
	dsn    string
	server *fake.Server
	hook   *httptest.Server
	token  string
	nodes  int

	mu  sync.Mutex
	got []stormMessage
}

// stormMessage is what the receiver got.
type stormMessage struct{ id, body string }

func newStorm(t *testing.T, dsn string) *storm {
	t.Helper()
	token := fake.NewToken("storm", "streams:read")
	server, err := fake.Start(fake.Options{Tokens: []fake.Token{token}})
	if err != nil {
		t.Fatal(err)
	}
	s := &storm{dir: t.TempDir(), dsn: dsn, server: server, token: token.Token}
	if dsn == "" {
		s.dsn = "sqlite:" + filepath.Join(s.dir, ".runner", "runner.db")
	}
	s.hook = httptest.NewServer(http.HandlerFunc(s.receive))
	t.Cleanup(func() { server.Close() })
	t.Cleanup(s.hook.Close)
	s.slow(80 * time.Millisecond)
	return s
}

// slow makes every page take so long, so that runs are in flight.
func (s *storm) slow(wait time.Duration, more ...fake.Fault) {
	s.server.SetFaults(append(more, fake.Fault{Kind: fake.Slow, Wait: wait})...)
}

func (s *storm) receive(answer http.ResponseWriter, request *http.Request) {
	body, err := io.ReadAll(request.Body)
	if err != nil {
		return // killed while it sent: it didn't arrive
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.got = append(s.got, stormMessage{request.Header.Get("Webhook-Id"), string(body)})
	answer.WriteHeader(http.StatusNoContent)
}

func (s *storm) messages() []stormMessage {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]stormMessage(nil), s.got...)
}

// stormQuery reads the tower's 140 models, in four pages.
const stormQuery = `query %s($projectId: String!, $limit: Int!, $cursor: String) {
        project(id: $projectId) { models(limit: $limit, cursor: $cursor) { totalCount cursor items { id name } } }
      }`

// write puts the job file: each job with the keys given.
func (s *storm) write(t *testing.T, schedule string, jobs map[string]string) {
	t.Helper()
	var text strings.Builder
	fmt.Fprintf(&text, "server: %s\ndefaults: { token_env: STORM_TOKEN, timeout: 5m, retries: 0 }\njobs:\n", s.server.URL)
	for name, keys := range jobs {
		fmt.Fprintf(&text, "  %s:\n    schedule: %q\n    variables: { projectId: %s, limit: 40 }\n    query: |\n      %s\n    %s\n",
			name, schedule, fake.TowerID, fmt.Sprintf(stormQuery, "Q"+name), keys)
	}
	if err := os.WriteFile(filepath.Join(s.dir, "jobs.yaml"), []byte(strings.ReplaceAll(text.String(), "$HOOK", s.hook.URL)),
		0o600); err != nil {
		t.Fatal(err)
	}
}

// stormJobs meet their ticks in every way.
var stormJobs = map[string]string{
	"skips": `outputs: [{ file: "{job}/{tick}.csv", latest: "{job}/latest.csv" }, { webhook: "$HOOK/skips", batch: 100 }]`,
	"queues": `overlap: queue
    missed: all
    outputs: [{ file: "{job}/{tick}.ndjson" }, { webhook_env: STORM_HOOK, secret_env: STORM_SECRET, batch: 100 }]`,
	"replaces": `overlap: replace
    missed: skip
    outputs: [{ file: "{job}/{tick}.csv" }, { webhook: "$HOOK/replaces", send: summary }]`,
}

// node is one `runner serve`.
type node struct {
	cmd   *exec.Cmd
	log   string
	ended chan struct{}
}

// command is `runner` with these arguments, in the storm's folder.
func (s *storm) command(args ...string) *exec.Cmd {
	self, err := os.Executable()
	if err != nil {
		panic(err)
	}
	cmd := exec.Command(self)
	cmd.Args = append([]string{"runner"}, args...) // TestMain plays it
	cmd.Dir = s.dir
	cmd.Env = append(os.Environ(), "RUNNER_PREFLIGHT=false", "STORM_TOKEN="+s.token, "STORM_HOOK="+s.hook.URL+"/queues",
		"STORM_SECRET="+stormHookSecret,
		"RUNNER_DATABASE="+s.dsn, "RUNNER_LISTEN=", "RUNNER_OUTPUT_DIR=out")
	return cmd
}

// serve starts a node and waits until it serves.
func (s *storm) serve(t *testing.T, args ...string) *node {
	t.Helper()
	s.nodes++
	n := &node{log: filepath.Join(s.dir, fmt.Sprintf("node-%d.log", s.nodes)), ended: make(chan struct{})}
	file, err := os.Create(n.log)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	n.cmd = s.command(append([]string{"serve", "--listen", "", "--log-format", "json"}, args...)...)
	n.cmd.Stderr = file
	if err := n.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		_ = n.cmd.Wait()
		close(n.ended)
	}()
	t.Cleanup(func() {
		n.kill()
		if t.Failed() {
			t.Logf("%s ends with:\n%s", filepath.Base(n.log), tail(n.said(), 4000))
		}
	})
	n.await(t, `"message":"serving"`)
	return n
}

func tail(text string, size int) string { return text[max(0, len(text)-size):] }

func (n *node) said() string {
	text, _ := os.ReadFile(n.log)
	return string(text)
}

// await waits until a node has logged a text.
func (n *node) await(t *testing.T, text string) {
	t.Helper()
	storetest.Until(t, filepath.Base(n.log)+" says "+text, patient, func() bool {
		select {
		case <-n.ended:
			t.Fatalf("%s has ended", filepath.Base(n.log))
		default:
		}
		return strings.Contains(n.said(), text)
	})
}

// name is the node's name in the ledger.
func (n *node) name() string {
	_, rest, _ := strings.Cut(n.said(), `"node":"`)
	name, _, _ := strings.Cut(rest, `"`)
	return name
}

func (n *node) signal(t *testing.T, what syscall.Signal) {
	t.Helper()
	if err := n.cmd.Process.Signal(what); err != nil {
		t.Fatal(err)
	}
}

// kill ends a node as a power cut does.
func (n *node) kill() {
	_ = n.cmd.Process.Kill()
	<-n.ended
}

// stop asks a node to end, and waits until it has.
func (n *node) stop(t *testing.T) {
	t.Helper()
	n.signal(t, syscall.SIGTERM)
	select {
	case <-n.ended:
	case <-time.After(patient):
		t.Fatal("serve goes on after SIGTERM")
	}
	if code := n.cmd.ProcessState.ExitCode(); code != 0 {
		t.Errorf("serve ended with %d after SIGTERM", code)
	}
}

// ask opens the ledger for one question, as `runner runs` does.
func (s *storm) ask(t *testing.T, question func(*store.Store) error) {
	t.Helper()
	ledger, err := store.Open(t.Context(), s.dsn, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer ledger.Close()
	if err := question(ledger); err != nil {
		t.Fatal(err)
	}
}

func (s *storm) runs(t *testing.T, filter store.Filter) (runs []store.Run) {
	t.Helper()
	filter.Limit = 100_000
	s.ask(t, func(ledger *store.Store) (err error) {
		runs, err = ledger.Runs(t.Context(), filter)
		return err
	})
	return runs
}

func (s *storm) run(t *testing.T, id string) (run store.Run, attempts []store.Attempt) {
	t.Helper()
	s.ask(t, func(ledger *store.Store) error {
		whole, err := ledger.Whole(t.Context(), id)
		run, attempts = whole.Run, whole.Attempts
		return err
	})
	return run, attempts
}

// awaitRunning waits for a run of a job that is in flight.
func (s *storm) awaitRunning(t *testing.T, job string) (run store.Run) {
	t.Helper()
	storetest.Until(t, "a run of "+job+" is in flight", patient, func() bool {
		runs := s.runs(t, store.Filter{Job: job, States: []store.State{store.Running}})
		if len(runs) > 0 {
			run = runs[0]
		}
		return len(runs) > 0
	})
	return run
}

// quiet waits until nothing waits, runs or is owed any more.
func (s *storm) quiet(t *testing.T) {
	t.Helper()
	storetest.Until(t, "everything has an end", patient, func() bool {
		for _, run := range s.runs(t, store.Filter{}) {
			if !run.State.Ended() {
				return false
			}
			for _, d := range run.Deliveries {
				if d.State != store.DeliveryDelivered {
					return false
				}
			}
		}
		return true
	})
}

// noSecrets reads every byte below the storm's folder: files, logs, and the
// database with its write-ahead log.
func (s *storm) noSecrets(t *testing.T) {
	t.Helper()
	err := filepath.WalkDir(s.dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := os.ReadFile(path)
		for _, secret := range []string{s.token, stormHookSecret} {
			if bytes.Contains(content, []byte(secret)) {
				t.Errorf("%s holds a secret", path)
			}
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}
