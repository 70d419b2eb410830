package walk_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rs/zerolog"

	example "speckle-runner"
	"speckle-runner/internal/demo/history"
	"speckle-runner/internal/jobs"
	"speckle-runner/internal/logging"
	"speckle-runner/internal/secret"
	"speckle-runner/internal/service"
	"speckle-runner/internal/speckle/fake"
	"speckle-runner/internal/store"
)

const webToken = "a long random text 0123456789"

// troubled are jobs that don't go well, each in its way: beside the gallery.
const troubled = `
  refused:
    description: A job whose token the server doesn't know
    schedule: "@daily"
    token_env: SPECKLE_TOKEN_REFUSED
    query: "{ activeUser { id } }"
    outputs: [{ file: "exports/{job}.json" }]
  unreachable:
    description: A job whose server is away
    schedule: "@daily"
    server: http://127.0.0.1:1
    retry_for: 6h
    token_env: SPECKLE_TOKEN_REFUSED
    query: "{ activeUser { id } }"
    outputs: [{ file: "exports/{job}.json" }]
  undelivered:
    description: A job whose receiver is gone for good
    schedule: "@daily"
    token_env: SPECKLE_TOKEN_COUNTS
    query: "{ activeUser { id } }"
    outputs: [{ webhook_env: GONE_WEBHOOK_URL }]
  moving:
    description: A job whose records are others each time
    schedule: "@daily"
    token_env: SPECKLE_TOKEN_MOVING
    scopes: [streams:read]
    query: |
      query Moving($projectId: String!, $limit: Int!, $cursor: String) {
        project(id: $projectId) {
          models(limit: $limit, cursor: $cursor) { totalCount cursor items { id name description updatedAt author { name } } }
        }
      }
    variables: { projectId: ` + fake.TowerID + ` }
    outputs: [{ file: "exports/{job}/{tick}.csv" }]
  versions:
    description: A job that waits for new versions
    on_version: { project: ` + fake.TowerID + `, models: [aaaaaaaaaa, bbbbbbbbbb], every: 24h }
    token_env: SPECKLE_TOKEN_VERSIONS
    query: "{ activeUser { id } }"
    outputs: [{ file: "exports/{version}.json" }]
`

type site struct {
	url    string
	server *fake.Server
}

// moves changes some models of the project that jobs read, adds some, and takes one away.
func (s *site) moves() {
	models := s.server.Models(fake.TowerID)
	for _, id := range models[:3] {
		s.server.TouchModel(fake.TowerID, id)
	}
	s.server.AddModel(fake.TowerID, "Façade, north side, as planned for tender")
	s.server.AddModel(fake.TowerID, "Level 99")
	s.server.RemoveModel(fake.TowerID, models[5])
}

// serve starts a service with the gallery, a past, and jobs in trouble; change may
// change how it is served.
func serve(t *testing.T, change ...func(*service.Serving)) *site {
	t.Helper()
	server, err := fake.Start(fake.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { server.Close() })
	taken := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = io.Copy(io.Discard, r.Body) }))
	gone := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "gone", http.StatusGone) }))
	t.Cleanup(taken.Close)
	t.Cleanup(gone.Close)

	text := strings.Replace(string(example.Examples), "server: https://app.speckle.systems", "server: "+server.URL, 1) + troubled
	file, problems := jobs.Load("jobs.yaml", []byte(text), nil)
	if file == nil {
		t.Fatal(problems)
	}
	for _, job := range file.Jobs {
		token := fake.NewToken("walk "+job.Name, append(job.Scopes, "profile:read", "tokens:read")...)
		if job.Name != "refused" && job.Name != "unreachable" {
			server.AddTokens(token)
		}
		t.Setenv(job.Token.Env, token.Token)
		for _, name := range job.SecretVariables() {
			t.Setenv(name, taken.URL)
		}
	}
	t.Setenv("COMMENTS_WEBHOOK_SECRET", "made up")
	t.Setenv("GONE_WEBHOOK_URL", gone.URL)

	dir := t.TempDir()
	ledger, err := store.Open(t.Context(), "sqlite:"+filepath.Join(dir, "runner.db"), store.Options{Log: zerolog.Nop(), Lock: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ledger.Close() })
	if err := history.Write(t.Context(), ledger, file.Jobs[:len(file.Jobs)-5], time.Now()); err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(dir, "out")
	if err := os.Mkdir(out, 0o750); err != nil {
		t.Fatal(err)
	}
	logs := logging.New(io.Discard, "json", false, zerolog.InfoLevel)
	x, err := service.New(service.Options{File: file, OutputDir: out, Ledger: ledger, Version: "test",
		Logs: service.Logs{Redactor: &secret.Redactor{}, Logger: logs.Logger}})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	up := make(chan string, 1)
	serving := service.Serving{
		Load: func(*jobs.File) (*jobs.File, error) { return file, nil }, Listen: "127.0.0.1:0", WebToken: secret.New(webToken),
		Up:       func(address string) { up <- address },
		Parallel: 4, Preflight: true,
	}
	for _, c := range change {
		c(&serving)
	}
	var group sync.WaitGroup
	group.Go(func() {
		defer close(up)
		if err := x.Run(ctx, serving); err != nil {
			t.Errorf("serve: %v", err)
		}
	})
	t.Cleanup(func() { cancel(); group.Wait(); x.Close() })
	return &site{<-up, server}
}
