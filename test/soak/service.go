package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"speckle-runner/test/process"
)

// glance is how often it is asked whether it answers, and how many runs have ended.
const glance = time.Second / 4

// service is the `runner serve` that is looked at.
type service struct {
	*process.Process

	dir  string
	site string
}

// serve starts it. It keeps few runs, so that the ledger is soon as large as it gets.
func serve(ctx context.Context, runner, dir string, all []job) (*service, error) {
	address, err := freeAddress(ctx)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(filepath.Join(dir, "tmp"), 0o700); err != nil {
		return nil, err
	}
	c := exec.CommandContext(ctx, runner, "serve", "--listen", address, "--log-format", "json", "--log-file", "serve.log",
		"--output-dir", "out", "--database", "sqlite:runner.db", "--keep-runs", "20", "--parallel", "8")
	c.Dir = dir
	c.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + dir, "TMPDIR=" + filepath.Join(dir, "tmp"), "LC_ALL=C.UTF-8", "TZ=UTC",
		"SOAK_SECRET=a secret of the soak's own"}
	for _, j := range all {
		c.Env = append(c.Env, j.variable()+"="+j.token.Token)
	}
	p, err := process.Start(c, filepath.Join(dir, "serve.out"))
	if err != nil {
		return nil, err
	}
	return &service{p, dir, "http://" + address}, nil
}

func freeAddress(ctx context.Context) (string, error) {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return listener.Addr().String(), listener.Close()
}

// serving waits until it answers.
func (s *service) serving(ctx context.Context) error {
	ctx, cancel := context.WithTimeoutCause(ctx, process.Patient, errors.New("serve didn't begin to answer"))
	defer cancel()
	for {
		if err := s.Alive(); err != nil {
			return err
		}
		if _, err := s.get(ctx, "/readyz"); err == nil {
			return nil
		}
		if !process.Rest(ctx, glance) {
			return context.Cause(ctx)
		}
	}
}

// get reads one answer.
func (s *service) get(ctx context.Context, path string) ([]byte, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, s.site+path, nil)
	if err != nil {
		return nil, err
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if answer.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s answers %s", path, answer.Status)
	}
	return text, nil
}

// lookAround looks at one page after the other, as somebody would who leaves them open.
func (s *service) lookAround(ctx context.Context, all []job) {
	for n := 0; process.Rest(ctx, time.Second); n++ {
		job := all[n%len(all)].name
		pages := []string{"/", "/jobs/" + job, "/calendar", "/deliveries", "/tokens", "/api/v1/jobs",
			"/api/v1/runs?job=" + job, "/?show=attention"}
		_, _ = s.get(ctx, pages[n%len(pages)]) // the job may be out of the file just now
	}
}
