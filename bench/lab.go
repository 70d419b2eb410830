package main

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// options are the flags.
type options struct {
	rows   string
	scale  float64
	rounds int
	budget time.Duration
	output string
	runner string
	dir    string
}

// lab is where contestants are measured.
type lab struct {
	options

	ctx      context.Context
	root     string // of the module
	scratch  string // everything below it goes
	clusters int    // databases made so far
	servers  map[serverSpec]*server
	done     map[string][]series // what several rows use, by name
}

func openLab(ctx context.Context, o options) (*lab, error) {
	root, err := moduleRoot(ctx)
	if err != nil {
		return nil, err
	}
	if o.dir == "" {
		o.dir = filepath.Join(root, "bench", "out")
	}
	if err := os.MkdirAll(o.dir, 0o755); err != nil {
		return nil, err
	}
	scratch, err := os.MkdirTemp(o.dir, "run-")
	if err != nil {
		return nil, err
	}
	l := &lab{options: o, ctx: ctx, root: root, scratch: scratch, servers: map[serverSpec]*server{}, done: map[string][]series{}}
	if err := l.prepare(); err != nil {
		l.close()
		return nil, err
	}
	return l, nil
}

// prepare builds the runner as a release has it and lays the scripts out.
func (l *lab) prepare() error {
	if err := adopt(); err != nil {
		return err
	}
	l.scratch, l.runner = absolute(l.scratch), absolute(l.runner)
	if l.runner == "" {
		l.runner = filepath.Join(l.scratch, "runner")
		build := exec.CommandContext(l.ctx, "go", "build", "-trimpath", "-ldflags", "-s -w", "-o", l.runner, "./cmd/runner")
		build.Dir, build.Stderr = l.root, os.Stderr
		build.Env = append(os.Environ(), "CGO_ENABLED=0")
		if err := build.Run(); err != nil {
			return fmt.Errorf("build the runner: %w", err)
		}
	}
	if err := os.CopyFS(filepath.Join(l.scratch, "scripts"), scripts()); err != nil {
		return fmt.Errorf("lay out the scripts: %w", err)
	}
	return nil
}

func absolute(path string) string {
	if path == "" {
		return ""
	}
	full, err := filepath.Abs(path)
	if err != nil {
		return path
	}
	return full
}

func (l *lab) close() {
	for _, s := range l.servers {
		s.close()
	}
	_ = os.RemoveAll(l.scratch) // what stays is below a folder that git ignores
}

// sayf tells the person who waits.
func (l *lab) sayf(format string, values ...any) {
	fmt.Fprintf(os.Stderr, format+"\n", values...)
}

// scaled is a number at the scale asked for.
func (l *lab) scaled(full int) int { return max(1, int(float64(full)*l.scale)) }

// server gives a server that holds this, the same one each time.
func (l *lab) server(spec serverSpec) (*server, error) {
	if s, ok := l.servers[spec]; ok {
		return s, nil
	}
	s, err := startServer(l.ctx, spec)
	if err == nil {
		l.servers[spec] = s
	}
	return s, err
}

// moduleRoot is the folder of go.mod: the bench builds the runner from there.
func moduleRoot(ctx context.Context) (string, error) {
	out, err := exec.CommandContext(ctx, "go", "env", "GOMOD").Output()
	if err != nil {
		return "", fmt.Errorf("go env GOMOD: %w", err)
	}
	file := strings.TrimSpace(string(out))
	if filepath.Base(file) != "go.mod" {
		return "", errors.New("run it inside the module: go run ./bench")
	}
	return filepath.Dir(file), nil
}

//go:embed scripts
var embedded embed.FS

func scripts() fs.FS {
	sub, err := fs.Sub(embedded, "scripts")
	if err != nil {
		return embedded // never: the folder is embedded above
	}
	return sub
}
