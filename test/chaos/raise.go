package main

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"speckle-runner/internal/speckle/fake"
	"speckle-runner/internal/store/storetest"
)

// options are the flags.
type options struct {
	length time.Duration
	seed   uint64
	nodes  int
	jobs   int
	runner string
	dir    string
	clocks bool // the runner's can be set
}

// newStorm opens all that is around the nodes, and lays the job file out.
func newStorm(ctx context.Context, o options, dir string) (*storm, error) {
	s := &storm{seed: o.seed, dir: dir, jobs: jobsOf(kinds, o.jobs), secrets: map[string]string{}, nodes: make([]*node, max(1, o.nodes))}
	if err := s.mount(); err != nil {
		return nil, err
	}
	if o.clocks {
		if err := s.clock(filepath.Join(dir, "clocks")); err != nil {
			return nil, err
		}
	}
	s.purse = newPurse(s.jobs)
	var tokens []fake.Token
	for _, j := range s.jobs {
		tokens = append(tokens, s.purse.newest(j.name))
		if err := s.keep(j); err != nil {
			return nil, err
		}
	}
	var err error
	if s.server, err = fake.Start(fake.Options{Seed: o.seed, Tokens: tokens}); err != nil {
		return nil, err
	}
	if s.network, err = newGate(strings.TrimPrefix(s.server.URL, "http://")); err != nil {
		return nil, err
	}
	s.secrets["the secret of messages"] = fmt.Sprintf("chaos-signs-%x", o.seed)
	s.secrets["the secret in an address"] = fmt.Sprintf("chaos-key-%x", o.seed)
	s.receiver = &receiver{secret: s.secrets["the secret of messages"]}
	s.hook = httptest.NewServer(s.receiver)
	if s.post, err = newGate(s.hook.Listener.Addr().String()); err != nil {
		return nil, err
	}
	if err := s.letters.Start(); err != nil {
		return nil, err
	}
	if s.mail, err = newGate(fmt.Sprintf("127.0.0.1:%d", s.letters.Port())); err != nil {
		return nil, err
	}
	s.thief = httptest.NewServer(http.HandlerFunc(s.steal))
	s.world = newWorld(s.server, fake.TowerID, fake.SchoolID, fake.LibraryID)
	s.world.clocks = &s.clocks
	if err := s.openClouds(); err != nil {
		return nil, err
	}
	database, err := s.ledger(ctx, dir)
	if err != nil {
		return nil, err
	}
	s.estate = &estate{dir: dir, runner: o.runner, env: append(s.environment(dir), "RUNNER_DATABASE="+database)}
	s.watcher = s.newWatcher()
	s.watcher.out = s.estate.out()
	return s, s.put(s.jobs, s.text(s.jobs))
}

// ledger is where it is: SQLite for one node, and for several a PostgreSQL of our own.
func (s *storm) ledger(ctx context.Context, dir string) (string, error) {
	if len(s.nodes) == 1 {
		s.file = filepath.Join(dir, "ledger", "runner.db")
		return "sqlite:" + s.file, nil
	}
	var err error
	if s.cluster, err = storetest.NewCluster(); err != nil {
		return "", err
	}
	dsn, err := s.cluster.Create(ctx, "chaos")
	if err != nil {
		return "", err
	}
	way, err := url.Parse(dsn)
	if err != nil {
		return "", err
	}
	if s.database, err = newGate(way.Host); err != nil {
		return "", err
	}
	way.Host = s.database.address
	return way.String(), nil
}

func (s *storm) environment(dir string) []string {
	env := []string{"PATH=" + os.Getenv("PATH"), "HOME=" + dir, "LC_ALL=C.UTF-8", "TZ=UTC",
		"RUNNER_OUTPUT_DIR=" + filepath.Join(dir, "out"), "CHAOS_SECRET=" + s.secrets["the secret of messages"]}
	for _, j := range s.jobs {
		if j.secret == "token_env" {
			env = append(env, j.variable+"="+s.purse.newest(j.name).Token)
		}
		env = append(env, "CHAOS_"+variable(j.name)+"="+s.post.url()+"/"+j.name+"?key="+s.secrets["the secret in an address"])
	}
	return append(env, s.cloudEnvironment()...)
}

func (s *storm) steal(w http.ResponseWriter, r *http.Request) {
	if r.Header.Get("Authorization") != "" {
		s.robbed.Add(1)
	}
	w.WriteHeader(http.StatusTeapot)
}
