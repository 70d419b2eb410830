package run_test

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"speckle-runner/internal/jobs"
	"speckle-runner/internal/output"
	"speckle-runner/internal/run"
	"speckle-runner/internal/secret"
	"speckle-runner/internal/speckle"
	"speckle-runner/internal/speckle/fake"
)

// rig is a folder to publish in, a server that answers, and a job file.
type rig struct {
	t      *testing.T
	dir    string
	out    *output.Dir
	server *fake.Server
	log    bytes.Buffer
	top    string                                                               // of job files, beside their server
	ctx    context.Context                                                      // nil: the test's
	dial   func(ctx context.Context, network, address string) (net.Conn, error) // nil: over the network
	over   func(http.Handler) http.Handler                                      // what stands before the server, in a bubble
}

func newRig(t *testing.T) *rig {
	t.Helper()
	return newRigWith(t, fake.Bulk{})
}

// newRigWith has so much in the project of many things, too.
func newRigWith(t *testing.T, bulk fake.Bulk) *rig {
	t.Helper()
	token := fake.NewToken("bench", fake.AllScopes...)
	t.Setenv("BENCH_TOKEN", token.Token)
	server, err := fake.Start(fake.Options{Tokens: []fake.Token{token}, Now: today, Bulk: bulk})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { server.Close() })
	b := &rig{t: t, dir: t.TempDir(), server: server}
	b.reopen()
	return b
}

// reopen lets the folder go and opens it again, as a new process does.
func (b *rig) reopen() {
	b.t.Helper()
	if b.out != nil {
		if err := b.out.Close(); err != nil {
			b.t.Fatal(err)
		}
	}
	var err error
	if b.out, err = output.OpenDir(b.dir); err != nil {
		b.t.Fatal(err)
	}
	out := b.out
	b.t.Cleanup(func() { out.Close() })
}

// job loads one job from its keys.
func (b *rig) job(keys string) *jobs.Job {
	b.t.Helper()
	return b.jobOf("    schedule: manual\n" + keys)
}

// jobOf loads one job from all of its keys.
func (b *rig) jobOf(keys string) *jobs.Job {
	b.t.Helper()
	file, problems := jobs.Load("jobs.yaml", []byte(b.text(keys)), os.ReadFile)
	if file == nil {
		b.t.Fatal(problems)
	}
	return file.Job("one")
}

// text is the job file of one job.
func (b *rig) text(keys string) string {
	return b.top + "server: " + b.server.URL + "\ndefaults: { token_env: BENCH_TOKEN }\njobs:\n  one:\n" +
		strings.NewReplacer("$TOWER", fake.TowerID, "$HIDDEN", fake.HiddenID).Replace(keys)
}

// today is when it is, for the server; tick is the run's.
var (
	today = time.Date(2026, 3, 2, 2, 31, 0, 0, time.UTC)
	tick  = today.Add(-time.Minute)
)

// attempt executes one attempt of the run of that tick.
func (b *rig) attempt(job *jobs.Job, number int, change ...func(*run.Request)) *run.Result {
	b.t.Helper()
	b.server.Forget()
	runner := &run.Runner{Dir: b.out, Limiters: speckle.NewLimiters(), Transport: speckle.NewTransport(), UserAgent: "bench"}
	if b.dial != nil {
		runner.Transport.DialContext = b.dial
	}
	defer runner.Transport.CloseIdleConnections()
	request := run.Request{
		Job: job, Run: "one@20260302T023000Z", Tick: tick, Attempt: number, Log: zerolog.New(zerolog.SyncWriter(&b.log)),
		Redactor: &secret.Redactor{},
	}
	for _, c := range change {
		c(&request)
	}
	defer runner.InLedger(request.Run, request.Attempt) // there is no ledger that could come to know it later
	return runner.Execute(cmp.Or(b.ctx, b.t.Context()), request)
}

// asked gives the values of a variable that the server was asked with, sorted.
func (b *rig) asked(operation, variable string) string {
	var values []string
	for _, seen := range b.server.Requests() {
		if seen.Operation == operation {
			values = append(values, fmt.Sprint(seen.Variables[variable]))
		}
	}
	slices.Sort(values)
	return strings.Join(values, " ")
}

func (b *rig) read(name string) string {
	b.t.Helper()
	text, err := os.ReadFile(filepath.Join(b.dir, filepath.FromSlash(name)))
	if err != nil {
		b.t.Fatal(err)
	}
	return string(text)
}

// kept gives what attempts keep for each other: a file for each reading. Its
// records may lie in a second one beside it, which is nothing alone.
func (b *rig) kept() []string {
	b.t.Helper()
	return slices.DeleteFunc(b.keptFiles(), func(name string) bool {
		pages, records := strings.CutSuffix(name, ".records")
		_, err := os.Stat(pages + ".pages")
		return records && err == nil
	})
}

// keptFiles gives all files of it.
func (b *rig) keptFiles() []string {
	b.t.Helper()
	files, err := filepath.Glob(filepath.Join(b.dir, ".runner", "parts", "*", "*"))
	if err != nil {
		b.t.Fatal(err)
	}
	return files
}

// underWay gives what an attempt has on disk while it runs: spools, and files
// that aren't in their place yet.
func (b *rig) underWay() (left []string) {
	b.t.Helper()
	err := filepath.WalkDir(filepath.Join(b.dir, ".runner"), func(name string, _ fs.DirEntry, err error) error {
		if ext := filepath.Ext(name); ext == ".spool" || ext == ".draft" {
			left = append(left, name)
		}
		return err
	})
	if err != nil && !errors.Is(err, fs.ErrNotExist) { // nothing was ever there
		b.t.Fatal(err)
	}
	return left
}
