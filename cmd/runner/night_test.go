package main

import (
	"context"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rs/zerolog"

	"speckle-runner/internal/jobs"
	"speckle-runner/internal/output"
	"speckle-runner/internal/run"
	"speckle-runner/internal/scheduler"
	"speckle-runner/internal/secret"
	"speckle-runner/internal/speckle"
	"speckle-runner/internal/speckle/fake"
	"speckle-runner/internal/store"
)

// night is a server behind pipes, and what is wrong with it at which time.
type night struct {
	begins time.Time
	server http.Handler
	wrong  []trouble
	all    sync.WaitGroup
}

// trouble answers from a time of the night on, until the next one does. Nil
// refuses connections.
type trouble struct {
	from   time.Duration
	answer http.HandlerFunc
}

func (n *night) now() trouble {
	at := trouble{answer: n.server.ServeHTTP}
	for _, w := range n.wrong {
		if time.Since(n.begins) >= w.from {
			at = w
		}
	}
	return at
}

// dial gives a connection to the server, as it is at this moment.
func (n *night) dial(context.Context, string, string) (net.Conn, error) {
	at := n.now()
	if at.answer == nil {
		return nil, &net.OpError{Op: "dial", Net: "tcp", Err: os.NewSyscallError("connect", errRefused)}
	}
	ours, theirs := net.Pipe()
	n.all.Go(func() { _ = http.Serve(&once{c: theirs}, at.answer) })
	return ours, nil
}

type refusedError struct{}

func (refusedError) Error() string { return "connection refused" }

var errRefused = refusedError{}

// once is a listener with one connection.
type once struct {
	c    net.Conn
	used bool
}

func (o *once) Accept() (net.Conn, error) {
	if o.used {
		return nil, net.ErrClosed
	}
	o.used = true
	return o.c, nil
}
func (o *once) Close() error   { return nil }
func (o *once) Addr() net.Addr { return o.c.LocalAddr() }

func page(status int, text string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		w.WriteHeader(status)
		_, _ = w.Write([]byte(text))
	}
}

func graph(status int, text string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_, _ = w.Write([]byte(text))
	}
}

const nightJob = `server: http://localhost:3000
jobs:
  export:
    schedule: "30 2 * * *"
    token_env: NIGHT_TOKEN
    query: |
      query Models($projectId: String!, $limit: Int!, $cursor: String) {
        project(id: $projectId) { models(limit: $limit, cursor: $cursor) { totalCount cursor items { id name } } }
      }
    variables: { projectId: ` + fake.TowerID + ` }
    outputs: [{ file: "{job}.csv" }]
`

// sleepless runs a job's tick as serve does, each attempt when the one before
// asks for it, and gives how that ended.
func (n *night) sleepless(t *testing.T, job *jobs.Job, dir *output.Dir) (results []*run.Result, took time.Duration) {
	transport := speckle.NewTransport()
	transport.Proxy, transport.DialContext, transport.DisableKeepAlives = nil, n.dial, true
	runner := run.Runner{Dir: dir, Limiters: speckle.NewLimiters(), Transport: transport, UserAgent: "night"}
	n.begins = time.Now()
	claim := store.Claim{Run: store.RunID(job.Name, n.begins), Job: job.Name, Tick: n.begins, Trigger: store.Schedule}
	for {
		claim.Attempt, claim.Began = len(results)+1, time.Now()
		result := runner.Execute(t.Context(), run.Request{
			Job: job, Run: claim.Run, Tick: claim.Tick, Attempt: claim.Attempt, Log: zerolog.Nop(), Redactor: &secret.Redactor{},
		})
		results = append(results, result)
		outcome := store.Outcome{State: store.State(result.State), Final: result.Final, Passing: result.Passing, After: result.After}
		f := claim.Failing(outcome, time.Now())
		pause, again := scheduler.Again(job, f, time.Now())
		if result.State != run.Failed || result.Final || !again || len(results) > 50 {
			return results, time.Since(n.begins)
		}
		claim.Failures, claim.Since = f.Failures, f.Since
		time.Sleep(pause)
	}
}

// An upgrade at 02:30 that takes five minutes, with all that is seen of one,
// doesn't lose the night's export. What won't pass is told at once.
func TestANightWithAnUpgrade(t *testing.T) {
	token := fake.NewToken("night", fake.AllScopes...)
	t.Setenv("NIGHT_TOKEN", token.Token)
	const minute = time.Minute
	fault := graph(200, `{"data":null,"errors":[{"message":"terminating connection","path":["project"],"extensions":{"code":"DATABASE_ERROR","statusCode":502}}]}`)
	for name, c := range map[string]struct {
		wrong  []trouble
		state  run.State
		least  time.Duration // until the end
		most   time.Duration
		says   string
		starts bool // the server is well again
	}{
		"an upgrade": {[]trouble{{0, nil}, {minute, page(502, "<title>502 Bad Gateway</title>")},
			{2 * minute, page(200, "<title>Down for maintenance</title>")},
			{3 * minute, graph(500, `{"error":"Unknown Auth context error"}`)}, {4 * minute, fault}}, run.Succeeded, 5 * minute, 13 * minute, "",
			true},
		"a whole night": {[]trouble{{0, page(503, "")}}, run.Failed, 45 * minute, 63 * minute, "HTTP 503", false},
		"a token refused": {[]trouble{{0, nil}, {minute, func(w http.ResponseWriter, _ *http.Request) {
			http.Error(w, "",
				http.StatusUnauthorized)
		}}}, run.Failed, minute, 6 * minute, "refuses the token", false},
		"a login page": {[]trouble{{0, page(200, "<title>Sign in</title>")}}, run.Failed, 0, minute, "text/html, not JSON", false},
		"a feature off": {[]trouble{{0,
			graph(200, `{"data":null,"errors":[{"message":"Cannot return null for non-nullable field Project.automations.","path":["project","automations"],`+
				`"extensions":{"code":"INTERNAL_SERVER_ERROR"}}]}`)}}, run.Failed, 0, minute, "Automate is off on this server", false},
	} {
		t.Run(name, func(t *testing.T) {
			folder := t.TempDir()
			dir, err := output.OpenDir(folder)
			if err != nil {
				t.Fatal(err)
			}
			defer dir.Close()
			synctest.Test(t, func(t *testing.T) {
				file, problems := jobs.Load("jobs.yaml", []byte(nightJob), nil)
				if file == nil {
					t.Fatal(problems)
				}
				server := fake.New(fake.Options{Tokens: []fake.Token{token}})
				defer server.Close()
				n := &night{server: server, wrong: c.wrong}
				if c.starts {
					n.wrong = append(n.wrong, trouble{5 * minute, server.ServeHTTP})
				}
				results, took := n.sleepless(t, file.Job("export"), dir)
				last := results[len(results)-1]
				if last.State != c.state || took < c.least || took > c.most || !strings.Contains(last.Error, c.says) {
					t.Errorf("%s after %s and %d attempts: %s", last.State, took, len(results), last.Error)
				}
				n.all.Wait()
			})
			if text, err := os.ReadFile(filepath.Join(folder, "export.csv")); (err == nil) != (c.state == run.Succeeded) ||
				err == nil && strings.Count(string(text), "\n") != 141 {
				t.Errorf("export.csv: %d lines, %v", strings.Count(string(text), "\n"), err)
			}
		})
	}
}
