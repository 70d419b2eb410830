//go:build unix

package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/jackc/pgx/v5"

	"speckle-runner/internal/store"
	"speckle-runner/internal/store/storetest"
)

// leakPlace is a folder in which real processes work, and all that they say.
type leakPlace struct {
	*leakWorld
	dir, dsn string

	mu   sync.Mutex
	said map[string][]byte // by what said it
}

func (w *leakWorld) place(t *testing.T, dsn string) *leakPlace {
	t.Helper()
	p := &leakPlace{leakWorld: w, dir: t.TempDir(), dsn: dsn, said: map[string][]byte{}}
	w.write(t, p.dir)
	if err := os.Chmod(filepath.Join(p.dir, "mounted-token"), 0o644); err != nil {
		t.Fatal(err)
	}
	return p
}

// command is `runner` with all secrets in its environment.
func (p *leakPlace) command(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), self)
	cmd.Args = append([]string{"runner"}, args...) // TestMain plays it
	cmd.Dir = p.dir
	cmd.Env = slices.Concat(os.Environ(), p.env, []string{"RUNNER_DATABASE=" + p.dsn, "RUNNER_OUTPUT_DIR=out", "GOTRACEBACK=all"})
	return cmd
}

// runner runs one command and keeps what it says.
func (p *leakPlace) runner(t *testing.T, args ...string) string {
	t.Helper()
	cmd := p.command(t, args...)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	_ = cmd.Run() // most of them fail, each in its way
	name := "runner " + strings.Join(args, " ")
	p.keep("stdout of "+name, out.Bytes())
	p.keep("stderr of "+name, errs.Bytes())
	return out.String() + errs.String()
}

func (p *leakPlace) keep(what string, text []byte) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.said[what] = append(p.said[what], text...)
}

// check searches all that was said and written.
func (p *leakPlace) check(t *testing.T) {
	t.Helper()
	for what, text := range p.said {
		for _, leak := range p.search.in(what, text) {
			t.Error(leak)
		}
	}
	found, files := p.search.below(t, p.dir)
	for _, leak := range found {
		t.Error(leak)
	}
	if files < 3 {
		t.Errorf("only %d files were searched", files)
	}
}

// TestNothingLeaks lets recognisable secrets go through every command, every
// fault of a server and every habit of a receiver, and then reads all that
// came of it.
func TestNothingLeaks(t *testing.T) {
	t.Parallel()
	t.Run("run", func(t *testing.T) {
		t.Parallel()
		w := newLeakWorld(t)
		p := w.place(t, "sqlite:runner.db")
		p.commands(t)
		p.crash(t)
		p.check(t)
		w.check(t, "ok", "echo", "echo-coded", "redirect")
	})
	t.Run("serve", func(t *testing.T) {
		t.Parallel()
		w := newLeakWorld(t)
		_, dsn := newCluster(t)
		p := w.place(t, dsn)
		p.serve(t)
		dump := dumpPostgres(t, dsn)
		for _, leak := range w.search.in("PostgreSQL", dump) {
			t.Error(leak)
		}
		p.check(t)
		w.check(t, "ok", "echo", "echo-500", "reset")
		storetest.Exec(t, dsn, "CREATE TABLE planted (args bytea, at text)")
		storetest.Exec(t, dsn, "INSERT INTO planted VALUES ($1, $2)", []byte(w.secrets["LEAK_NOTIFY_SECRET"]), w.secrets["LEAK_TOKEN_GOOD"])
		if found := w.search.in("PostgreSQL", dumpPostgres(t, dsn)); len(found) < 2 {
			t.Errorf("what was planted in PostgreSQL isn't found: %q", found)
		}
	})
}

// commands runs every job that ends at once, and all that prints.
func (p *leakPlace) commands(t *testing.T) {
	t.Helper()
	names := []string{"mounted"}
	for name := range p.jobs {
		if how, hook := strings.CutPrefix(name, "hook-"); !hook || !leakHooks[how].again {
			names = append(names, name)
		}
	}
	run := append([]string{"run", "--log-level", "trace", "--log-format", "json", "--parallel", "50"}, names...)
	said := p.runner(t, run...)
	for _, want := range []string{`"level":"trace"`, "[redacted]", "good  succeeded", "mounted  succeeded", "other  succeeded",
		"can be read by every user"} {
		if !strings.Contains(said, want) {
			t.Errorf("the runs never said %q:\n%s", want, tail(said, 4000))
		}
	}
	listed := p.runner(t, "runs", "-o", "json", "--limit", "200")
	var runs []store.Run
	if err := json.Unmarshal([]byte(listed), &runs); err != nil || len(runs) != len(names) {
		t.Fatalf("%d runs of %d are listed: %v\n%s", len(runs), len(names), err, tail(listed, 2000))
	}
	few := filepath.Join(p.dir, "few.yaml")
	p.writeFew(t, few)
	var all sync.WaitGroup
	for _, args := range [][]string{
		{"run", "good", "echo-text", "hook-echo", "-o", "json", "--log-level", "debug", "--log-format", "console"},
		{"run", "good", "hook-echo", "--dry-run"}, {"backfill", "good", "--from", "2020-01-01", "--dry-run"},
		{"show", runOf(runs, "echo-graphql")}, {"show", runOf(runs, "cut-base64")}, {"show", runOf(runs, "cut-hex"), "-o", "json"},
		{"show", runOf(runs, "hook-echo-coded"), "-o", "json"}, {"redeliver", runOf(runs, "hook-echo")},
		{"validate"}, {"validate", "--online", "-f", few}, {"scopes"},
	} {
		all.Go(func() {
			if p.runner(t, args...) == "" {
				t.Errorf("runner %s says nothing", args)
			}
		})
	}
	all.Wait()
}

// writeFew puts a job file with those jobs that answer at once.
func (p *leakPlace) writeFew(t *testing.T, path string) {
	t.Helper()
	var text strings.Builder
	fmt.Fprintf(&text, "server: %s\njobs:\n", p.server.URL)
	for _, name := range []string{"GOOD", "UNKNOWN", "ECHO_TEXT", "ECHO_GRAPHQL", "TOKEN_REFUSED"} {
		fmt.Fprintf(&text, "  %s:\n    schedule: manual\n    token_env: LEAK_TOKEN_%s\n    query: \"{ activeUser { id } }\"\n"+
			"    outputs: [{ file: \"{job}.json\" }]\n",
			strings.ToLower(strings.ReplaceAll(name, "_", "-")), name)
	}
	write(t, path, text.String())
}

func runOf(runs []store.Run, job string) string {
	for _, r := range runs {
		if r.Job == job {
			return r.Run
		}
	}
	return "no run of " + job
}

// leakServe is a `runner serve` and how to ask it.
type leakServe struct {
	*node
	address string
}

func (p *leakPlace) start(t *testing.T) *leakServe {
	t.Helper()
	log, err := os.Create(filepath.Join(p.dir, "serve.log"))
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	n := &leakServe{node: &node{log: log.Name(), ended: make(chan struct{})}}
	n.cmd = p.command(t, "serve", "--listen", "127.0.0.1:0", "--log-format", "json", "--log-level", "trace", "--drain", "1s")
	n.cmd.Stdout, n.cmd.Stderr = log, log
	if err := n.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		_ = n.cmd.Wait()
		close(n.ended)
	}()
	t.Cleanup(n.kill)
	n.await(t, `"message":"serving"`)
	_, rest, _ := strings.Cut(n.said(), `"listen":"`)
	n.address, _, _ = strings.Cut(rest, `"`)
	return n
}

// ask sends a request to the API, keeps the whole answer, and gives its body.
func (p *leakPlace) ask(t *testing.T, n *leakServe, method, path, token string) []byte {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, n.address+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+token)
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	p.keep(method+" "+path, fmt.Appendf(body, "\n%s %v", answer.Status, answer.Header))
	return body
}

// serve has jobs run by the queue, and asks everything that can be asked.
func (p *leakPlace) serve(t *testing.T) {
	t.Helper()
	n := p.start(t)
	started := []string{"good", "mounted", "echo-graphql", "token-refused", "internal-error"}
	for form := range leakCuts {
		started = append(started, "cut-"+form)
	}
	for how := range leakHooks {
		started = append(started, "hook-"+how)
	}
	for _, job := range started {
		p.ask(t, n, "POST", "/api/v1/jobs/"+job+"/run", leakWebToken)
	}
	var runs []store.Run
	storetest.Until(t, "all runs have an end, and all messages were tried", patient, func() bool {
		if err := json.Unmarshal(p.ask(t, n, "GET", "/api/v1/runs?limit=100", leakWebToken), &runs); err != nil {
			t.Fatal(err)
		}
		return len(runs) == len(started) && !slices.ContainsFunc(runs, func(r store.Run) bool {
			return !r.State.Ended() || slices.ContainsFunc(r.Deliveries, func(d store.RunDelivery) bool { return d.Attempts == 0 })
		})
	})
	for _, run := range runs {
		p.ask(t, n, "GET", "/api/v1/runs/"+run.Run, leakWebToken)
		p.ask(t, n, "GET", "/api/v1/jobs/"+run.Job, leakWebToken)
	}
	for _, path := range []string{"/healthz", "/readyz", "/metrics", "/", "/api/v1/status", "/api/v1/jobs", "/api/v1/jobs/none", "/login"} {
		p.ask(t, n, "GET", path, leakWebToken)
		p.ask(t, n, "GET", path, "wrong")
		p.ask(t, n, "POST", path, "wrong")
	}
	n.stop(t)
	if said := n.said(); !strings.Contains(said, "[redacted]") ||
		!strings.Contains(said, `"message":"delivery to LEAK_HOOK_ECHO_500_ADDRESS failed, and is tried again at `) {
		t.Errorf("serve told of no delivery that failed:\n%s", tail(said, 4000))
	}
}

// crash has the runtime print every goroutine, with a run in flight, and leaves
// the database as it was at that moment.
func (p *leakPlace) crash(t *testing.T) {
	t.Helper()
	n := p.start(t)
	for _, job := range []string{"hang", "stall", "hook-echo-500"} {
		p.ask(t, n, "POST", "/api/v1/jobs/"+job+"/run", leakWebToken)
	}
	n.await(t, `"message":"request"`)
	n.await(t, `delivery to LEAK_HOOK_ECHO_500_ADDRESS`)
	n.signal(t, syscall.SIGQUIT)
	<-n.ended
	if said := n.said(); !strings.Contains(said, "SIGQUIT: quit") || !strings.Contains(said, "speckle.(*Client)") {
		t.Errorf("no goroutine with a run in it was printed:\n%s", tail(said, 4000))
	}
	if info, err := os.Stat(filepath.Join(p.dir, "runner.db-wal")); err != nil || info.Size() == 0 {
		t.Errorf("the database left no write-ahead log to search: %v", err)
	}
}

// dumpPostgres gives every row of every table, as the server has it.
func dumpPostgres(t *testing.T, dsn string) []byte {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	rows, err := conn.Query(t.Context(), `SELECT quote_ident(table_schema) || '.' || quote_ident(table_name) FROM information_schema.tables
		WHERE table_type = 'BASE TABLE' AND table_schema NOT IN ('pg_catalog', 'information_schema')`)
	if err != nil {
		t.Fatal(err)
	}
	tables, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil || len(tables) < 5 {
		t.Fatalf("%d tables: %v", len(tables), err)
	}
	var dump bytes.Buffer
	for _, table := range tables {
		if _, err := conn.PgConn().CopyTo(t.Context(), &dump, "COPY "+table+" TO STDOUT (FORMAT binary)"); err != nil {
			t.Fatal(err)
		}
	}
	return dump.Bytes()
}
