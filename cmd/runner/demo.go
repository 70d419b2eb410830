package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/rs/zerolog"
	"github.com/spf13/cobra"

	example "speckle-runner"
	"speckle-runner/internal/jobs"
	"speckle-runner/internal/output"
	"speckle-runner/internal/said"
	"speckle-runner/internal/speckle/fake"
)

// exampleServer is the address in jobs.example.yaml that the demo replaces by
// its own server's.
const exampleServer = "server: https://app.speckle.systems"

func demoCommand(s *settings) *cobra.Command {
	var dir string
	command := &cobra.Command{
		Use:   "demo",
		Short: "See it work: no account and no network needed",
		Long: `Start a Speckle-like server on loopback, give each job of jobs.example.yaml a
made-up token with the scopes that it names, run all of them against it, receive
their webhooks, and show what came out. The jobs and the ledger are the demo's
own: it takes no --file and no --database.`,
		Args: noArguments,
		RunE: func(command *cobra.Command, _ []string) error {
			for _, name := range []string{"file", "database"} {
				if f := command.Flags().Lookup(name); f.Changed && os.Getenv(variableOf(name)) == "" {
					return usagef("--%s: the demo has jobs and a ledger of its own", name)
				}
			}
			s.outputDir, s.database = dir, "sqlite:"+filepath.Join(dir, ".runner", "runner.db")
			return s.demo(command.Context())
		},
	}
	command.Flags().StringVar(&dir, "output-dir", "runner-demo", "folder that the exports are written to")
	return command
}

func (s *settings) demo(ctx context.Context) error {
	server, err := fake.Start(fake.Options{})
	if err != nil {
		return err
	}
	defer server.Close()
	receiver, err := startReceiver()
	if err != nil {
		return err
	}
	defer receiver.close()
	text := bytes.Replace(example.Examples, []byte(exampleServer), []byte("server: "+server.URL), 1)
	file, err := s.loaded(jobs.Load("jobs.example.yaml", text, nil))
	if err != nil {
		return err
	}
	tokens := issueTokens(server, file)
	receiver.open(file)

	m, err := s.openManual(ctx, file, runFlags{parallel: 1, logLevel: zerolog.WarnLevel, still: true, deliverFor: deliverFor})
	if err != nil {
		return err
	}
	defer m.close()
	fmt.Fprintf(s.out, `A Speckle-like server is up at %s, with made-up building projects.
The %d jobs of jobs.example.yaml run against it, each with a token of its own.

`, server.URL, len(file.Jobs))
	var all []finished
	for _, job := range file.Jobs {
		f := m.run(ctx, m.order(job))
		all = append(all, f)
		s.demoJob(job, tokens[job.Name], f, receiver)
	}
	if err := ended(all); err != nil {
		return err
	}
	fmt.Fprintf(s.out, `%s, %s, %s: all good. The exports are in %s.

Next:
  runner init          write a first job file of your own
  runner validate      check it
  runner run --all     run it now
`, plural(len(all), "job"), plural(countFiles(all), "file"), plural(receiver.count(), "webhook message"), filepath.FromSlash(s.outputDir))
	return nil
}

// issueTokens makes a token for each job, with the scopes that it names, where
// the job looks for it: in this process's environment.
func issueTokens(server *fake.Server, file *jobs.File) map[string]fake.Token {
	tokens := map[string]fake.Token{}
	for _, job := range file.Jobs {
		token := fake.NewToken("demo "+job.Name, job.Scopes...)
		server.AddTokens(token)
		os.Setenv(job.Token.Env, token.Token)
		tokens[job.Name] = token
	}
	return tokens
}

func countFiles(all []finished) int {
	n := 0
	for _, f := range all {
		n += len(f.Result.Files)
	}
	return n
}

// demoJob shows one job: what it is for, how it ran, and what came out.
func (s *settings) demoJob(job *jobs.Job, token fake.Token, f finished, receiver *receiver) {
	r := f.Result
	fmt.Fprintf(s.out, "%s: %s\n", job.Name, job.Description)
	if len(job.Schedules) > 0 {
		fmt.Fprintf(s.out, "  when   %s (%s)\n", strings.Join(job.Schedules, ", "), job.Zone)
	}
	if job.OnVersion != nil {
		fmt.Fprintf(s.out, "  when   %s\n", onVersionText(job.OnVersion))
	}
	fmt.Fprintf(s.out, "  token  %s… from %s, scopes %s\n", token.ID(), job.Token.Env, strings.Join(token.Scopes, ", "))
	if r.Error != "" {
		fmt.Fprintf(s.out, "  FAILED %s\n\n", r.Error)
		return
	}
	fmt.Fprintf(s.out, "  read   %s, %s, in %s\n", plural64(r.Records, "record"), plural(r.Pages, "page"), took(r.FinishedAt.Sub(r.StartedAt)))
	for _, file := range r.Files {
		fmt.Fprintf(s.out, "  wrote  %s (%s)\n", path.Join(filepath.ToSlash(s.outputDir), file.Path), size(file.Bytes))
		for _, line := range s.preview(file) {
			fmt.Fprintf(s.out, "         | %s\n", line)
		}
		if file.Latest != "" {
			fmt.Fprintf(s.out, "  wrote  %s (the newest)\n", path.Join(filepath.ToSlash(s.outputDir), file.Latest))
		}
	}
	for _, message := range receiver.take() {
		fmt.Fprintf(s.out, "  sent   %s%s\n", message.name, message.note)
		for _, line := range message.lines() {
			fmt.Fprintf(s.out, "         | %s\n", line)
		}
	}
	for _, one := range f.Record.Deliveries {
		if why := f.Delivered.Lost[one.ID]; why != "" {
			fmt.Fprintf(s.out, "  NOT DELIVERED: %s\n", why)
		}
	}
	fmt.Fprintln(s.out)
}

// Bounds on what the demo shows of an export.
const (
	previewLines = 3
	previewWidth = 100
)

// preview gives the first lines of a text export.
func (s *settings) preview(f output.Published) []string {
	if strings.HasSuffix(f.Path, ".gz") || strings.HasSuffix(f.Path, ".zst") {
		return []string{"compressed: " + plural64(f.Records, "line") + ", a JSON record each"}
	}
	file, err := os.Open(filepath.Join(s.outputDir, filepath.FromSlash(f.Path)))
	if err != nil {
		return []string{err.Error()}
	}
	defer file.Close()
	var lines []string
	for scanner := bufio.NewScanner(file); len(lines) < previewLines && scanner.Scan(); {
		lines = append(lines, said.Start(scanner.Text(), previewWidth))
	}
	return lines
}
