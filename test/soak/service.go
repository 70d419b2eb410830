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
	"syscall"
	"time"
)

// service is the `runner serve` that is looked at.
type service struct {
	command *exec.Cmd
	dir     string
	site    string
	gone    chan struct{}
}

// serve starts it. It keeps few runs, so that the ledger is soon as large as it gets.
func serve(ctx context.Context, runner, dir string, all []job) (*service, error) {
	address, err := freeAddress(ctx)
	if err != nil {
		return nil, err
	}
	s := &service{dir: dir, site: "http://" + address, gone: make(chan struct{})}
	if err := os.MkdirAll(filepath.Join(dir, "tmp"), 0o700); err != nil {
		return nil, err
	}
	out, err := os.Create(filepath.Join(dir, "serve.out"))
	if err != nil {
		return nil, err
	}
	defer out.Close()
	s.command = exec.CommandContext(ctx, runner, "serve", "--listen", address, "--log-format", "json", "--log-file", "serve.log",
		"--output-dir", "out", "--database", "sqlite:runner.db", "--keep-runs", "20", "--parallel", "8")
	s.command.Dir, s.command.Stdout, s.command.Stderr = dir, out, out
	s.command.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + dir, "TMPDIR=" + filepath.Join(dir, "tmp"), "LC_ALL=C.UTF-8", "TZ=UTC",
		"SOAK_SECRET=a secret of the soak's own"}
	for _, j := range all {
		s.command.Env = append(s.command.Env, j.variable()+"="+j.token.Token)
	}
	if err := s.command.Start(); err != nil {
		return nil, fmt.Errorf("serve: %w", err)
	}
	go func() {
		_ = s.command.Wait() // whoever asked tells how it ended
		close(s.gone)
	}()
	return s, nil
}

func freeAddress(ctx context.Context) (string, error) {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return listener.Addr().String(), listener.Close()
}

// alive says how a serve ended that nobody asked to.
func (s *service) alive() error {
	select {
	case <-s.gone:
		said, _ := os.ReadFile(filepath.Join(s.dir, "serve.out")) // the error stands without it
		return fmt.Errorf("serve ended by itself: %s\n%s", s.command.ProcessState, said[max(0, len(said)-2000):])
	default:
		return nil
	}
}

// serving waits until it answers.
func (s *service) serving(ctx context.Context) error {
	ctx, cancel := context.WithTimeoutCause(ctx, patient, errors.New("serve didn't begin to answer"))
	defer cancel()
	for {
		if err := s.alive(); err != nil {
			return err
		}
		if _, err := s.get(ctx, "/readyz"); err == nil {
			return nil
		}
		if !rest(ctx, glance) {
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
	for n := 0; rest(ctx, time.Second); n++ {
		job := all[n%len(all)].name
		pages := []string{"/", "/jobs/" + job, "/calendar", "/deliveries", "/tokens", "/api/v1/jobs",
			"/api/v1/runs?job=" + job, "/?show=attention"}
		_, _ = s.get(ctx, pages[n%len(pages)]) // the job may be out of the file just now
	}
}

// kill ends it as a crash would. It may be gone.
func (s *service) kill() {
	_ = s.command.Process.Kill()
	<-s.gone
}

// stop asks it to end, and wants it to do so well.
func (s *service) stop() error {
	if err := s.command.Process.Signal(syscall.SIGTERM); err != nil {
		return fmt.Errorf("stop serve: %w", err)
	}
	select {
	case <-s.gone:
	case <-time.After(patient):
		return fmt.Errorf("serve went on for %s after it was asked to end", patient)
	}
	if !s.command.ProcessState.Success() {
		return fmt.Errorf("serve ended with %s when it was asked to", s.command.ProcessState)
	}
	return nil
}
