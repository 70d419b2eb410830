package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"speckle-runner/internal/speckle/fake"
)

// serveArgument makes this program the server. Nobody types it.
const serveArgument = "serve-for-bench"

// serverSpec says what a server holds.
type serverSpec struct {
	Objects int
	Models  int
	Latency time.Duration // of each request, whatever it asks for
	Ticks   bool          // answers all alike and notes arrivals; see constant
	Name    string        // tells servers apart that hold the same
	Files   string        // folder of a bundle, for the newest version of a model
}

// token is what every contestant shows the server.
func token() string { return fake.NewToken("bench", "streams:read").Token }

// serve is the server's process: it tells its address on standard output and
// ends with its standard input, so that it never outlives the bench.
func serve(spec string) error {
	var s serverSpec
	if err := json.Unmarshal([]byte(spec), &s); err != nil {
		return fmt.Errorf("server: %w", err)
	}
	if s.Ticks {
		url, stop, err := startConstant(s.Latency)
		if err != nil {
			return fmt.Errorf("server: %w", err)
		}
		return untilClosed(url, stop)
	}
	o := fake.Options{
		Seed: 1, Memory: true, Tokens: []fake.Token{fake.NewToken("bench", "streams:read")},
		Bulk: fake.Bulk{Objects: s.Objects, Models: s.Models}, TokenCheck: s.Latency,
	}
	server, err := fake.Start(o)
	if err != nil {
		return err
	}
	if s.Files != "" {
		publish(server, s.Files)
	}
	return untilClosed(server.URL, server.Close)
}

func untilClosed(url string, stop func() error) error {
	fmt.Println(url)
	if _, err := io.Copy(io.Discard, os.Stdin); err != nil {
		return err
	}
	return stop()
}

// server is such a process, seen from the bench.
type server struct {
	url     string
	stdin   io.Closer
	command *exec.Cmd
}

func startServer(ctx context.Context, spec serverSpec) (*server, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("server: %w", err)
	}
	text, err := json.Marshal(spec)
	if err != nil {
		return nil, fmt.Errorf("server: %w", err)
	}
	s := &server{command: exec.CommandContext(ctx, self, serveArgument, string(text))}
	s.command.Stderr = os.Stderr
	stdin, err := s.command.StdinPipe()
	if err != nil {
		return nil, fmt.Errorf("server: %w", err)
	}
	s.stdin = stdin
	stdout, err := s.command.StdoutPipe()
	if err != nil {
		return nil, fmt.Errorf("server: %w", err)
	}
	if err := s.command.Start(); err != nil {
		return nil, fmt.Errorf("server: %w", err)
	}
	address, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		s.close()
		return nil, fmt.Errorf("server: it told no address: %w", err)
	}
	s.url = strings.TrimSpace(address)
	return s, nil
}

func (s *server) close() {
	s.stdin.Close()
	_ = s.command.Wait() // it ends with its input; what it measured is nothing
}

// publish gives a server a version whose files are there.
func publish(server *fake.Server, dir string) {
	server.PublishBundle(fake.HouseID, fake.OfficeID, func(string, string) (map[string]string, error) {
		paths, err := filepath.Glob(filepath.Join(dir, "v.*.parquet"))
		files := map[string]string{}
		for _, path := range paths {
			files[strings.TrimPrefix(filepath.Base(path), "v")] = path
		}
		return files, err
	})
}
