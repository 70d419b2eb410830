// Package demo shows the runner at work: a Speckle-like server and a receiver of
// webhooks on loopback, the gallery's jobs between them, and what came out. It never
// leaves this machine, and runs no job itself: who starts it does.
package demo

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"strings"
	"time"

	example "speckle-runner"
	"speckle-runner/internal/demo/history"
	"speckle-runner/internal/figures"
	"speckle-runner/internal/jobs"
	"speckle-runner/internal/jobs/document"
	"speckle-runner/internal/service"
	"speckle-runner/internal/speckle/fake"
	"speckle-runner/internal/store"
)

// exampleServer is the address in jobs.example.yaml that the demo replaces by
// its own server's.
const exampleServer = "server: https://app.speckle.systems"

// Demo is a server, a receiver, and the jobs of the gallery between them.
type Demo struct {
	server   *fake.Server
	receiver *receiver
	out      io.Writer
	dir      string
	tokens   map[string]fake.Token // by job
	done     []service.Ended
}

// Start brings up both ends. The demo tells out what it sees of the exports below
// the folder dir.
func Start(out io.Writer, dir string) (*Demo, error) {
	server, err := fake.Start(fake.Options{})
	if err != nil {
		return nil, err
	}
	receiver, err := startReceiver()
	if err != nil {
		server.Close()
		return nil, err
	}
	return &Demo{server: server, receiver: receiver, out: out, dir: dir}, nil
}

// Close takes both ends down.
func (d *Demo) Close() {
	d.receiver.close()
	d.server.Close()
}

// Jobs gives the gallery's jobs, which ask the demo's server.
func (d *Demo) Jobs() (*jobs.File, document.Problems) {
	return jobs.Load("jobs.example.yaml", d.text(), nil)
}

func (d *Demo) text() []byte {
	return bytes.Replace(example.Examples, []byte(exampleServer), []byte("server: "+d.server.URL), 1)
}

// WriteJobs writes the jobs to a file in the demo's folder, to be served from
// there and changed: it gives its name.
func (d *Demo) WriteJobs() (string, error) {
	name := filepath.Join(d.dir, "jobs.yaml")
	if err := os.WriteFile(name, d.text(), 0o600); err != nil {
		return "", fmt.Errorf("the demo's job file: %w", err)
	}
	return name, nil
}

// Remember gives an empty ledger a made-up past; one with runs stays as it is.
func (d *Demo) Remember(ctx context.Context, ledger *store.Store, file *jobs.File, now time.Time) error {
	runs, err := ledger.Runs(ctx, store.Filter{Limit: 1})
	if err != nil || len(runs) > 0 {
		return err
	}
	return history.Write(ctx, ledger, file.Jobs, now)
}

// Served says where the dashboard is.
func (d *Demo) Served(address string) {
	fmt.Fprintf(d.out, `
The dashboard is at %s/ with the runs above and a made-up past of three weeks.
Jobs run when they are due; those of %s can be changed while it is up.
Ctrl-C ends it.
`, address, filepath.ToSlash(filepath.Join(d.dir, "jobs.yaml")))
}

// Open gives each job its token and its webhooks, and says what is to come.
func (d *Demo) Open(file *jobs.File) {
	d.issueTokens(file)
	d.receiver.open(file)
	fmt.Fprintf(d.out, `A Speckle-like server is up at %s, with made-up building projects.
The %d jobs of jobs.example.yaml run against it, each with a token of its own.

`, d.server.URL, len(file.Jobs))
}

// Sum says what came of all jobs, and what to do next.
func (d *Demo) Sum() {
	files := 0
	for _, one := range d.done {
		files += len(one.Result.Files)
	}
	fmt.Fprintf(d.out, `%s, %s, %s: all good. The exports are in %s.

Next:
  runner init          write a first job file of your own
  runner validate      check it
  runner run --all     run it now
`, figures.Count(len(d.done), "job"), figures.Count(files, "file"), figures.Count(d.receiver.count(), "webhook message"),
		filepath.FromSlash(d.dir))
}

// issueTokens makes a token for each job, with the scopes that it names, where
// the job looks for it: in this process's environment.
func (d *Demo) issueTokens(file *jobs.File) {
	d.tokens = map[string]fake.Token{}
	for _, job := range file.Jobs {
		token := fake.NewToken("demo "+job.Name, job.Scopes...)
		d.server.AddTokens(token)
		os.Setenv(job.Token.Env, token.Token)
		d.tokens[job.Name] = token
	}
}

// Ran shows one job: what it is for, how it ran, and what came out.
func (d *Demo) Ran(job *jobs.Job, f service.Ended) {
	d.done = append(d.done, f)
	r, token := f.Result, d.tokens[job.Name]
	fmt.Fprintf(d.out, "%s: %s\n", job.Name, job.Description)
	if len(job.Schedules) > 0 {
		fmt.Fprintf(d.out, "  when   %s (%s)\n", strings.Join(job.Schedules, ", "), job.Zone)
	}
	if job.OnVersion != nil {
		fmt.Fprintf(d.out, "  when   %s\n", job.OnVersion.When())
	}
	fmt.Fprintf(d.out, "  token  %s… from %s, scopes %s\n", token.ID(), job.Token.Env, strings.Join(token.Scopes, ", "))
	if r.Error != "" {
		fmt.Fprintf(d.out, "  FAILED %s\n\n", r.Error)
		return
	}
	fmt.Fprintf(d.out, "  read   %s, %s, in %s\n", figures.Count(r.Records, "record"), figures.Count(r.Pages, "page"),
		figures.Took(r.FinishedAt.Sub(r.StartedAt)))
	for _, file := range r.Files {
		fmt.Fprintf(d.out, "  wrote  %s (%s)\n", path.Join(filepath.ToSlash(d.dir), file.Path), figures.Size(file.Bytes))
		for _, line := range preview(d.dir, file) {
			fmt.Fprintf(d.out, "         | %s\n", line)
		}
		if file.Latest != "" {
			fmt.Fprintf(d.out, "  wrote  %s (the newest)\n", path.Join(filepath.ToSlash(d.dir), file.Latest))
		}
	}
	for _, message := range d.receiver.take() {
		fmt.Fprintf(d.out, "  sent   %s%s\n", message.name, message.note)
		for _, line := range message.lines() {
			fmt.Fprintf(d.out, "         | %s\n", line)
		}
	}
	for _, one := range f.Record.Deliveries {
		if why := f.Delivered.Failed[one.ID]; why != "" {
			fmt.Fprintf(d.out, "  NOT DELIVERED: %s\n", why)
		}
	}
	fmt.Fprintln(d.out)
}
