package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"speckle-runner/internal/speckle/fake"
	"speckle-runner/internal/store/storetest"
)

// storm is everything around the nodes.
type storm struct {
	seed     uint64
	dir      string
	estate   *estate
	jobs     []job
	server   *fake.Server
	gate     *gate
	receiver *receiver
	hook     *httptest.Server
	thief    *httptest.Server // where redirects lead
	robbed   atomic.Int64     // requests that came to the thief with a token
	world    *world
	watcher  *watcher
	report   report
	tally    tally
	purse    *purse
	secrets  map[string]string
	actors   sync.WaitGroup

	disks  disks
	paper  paper
	nodes  []*node   // changes with the paper's lock held
	served time.Time // when the nodes had begun

	cluster *storetest.Cluster // nil: the ledger is SQLite's
	power   sync.Mutex         // held while the database is down, or a node that needs it begins

	kills, pauses, stops, faults, outages, rewritten, spoilt, exchanged, fills atomic.Int64
}

// dice are an actor's own: what one does is not moved by what others do.
func (s *storm) dice(actor uint64) *rand.Rand { return rand.New(rand.NewPCG(s.seed, actor)) }

func newStorm(ctx context.Context, seed uint64, nodes int, dir, runner string) (*storm, error) {
	s := &storm{seed: seed, dir: dir, jobs: jobsOf(kinds), secrets: map[string]string{}, nodes: make([]*node, nodes)}
	if err := s.mount(); err != nil {
		return nil, err
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
	if s.server, err = fake.Start(fake.Options{Seed: seed, Tokens: tokens}); err != nil {
		return nil, err
	}
	if s.gate, err = newGate(strings.TrimPrefix(s.server.URL, "http://")); err != nil {
		return nil, err
	}
	s.secrets["the secret of messages"] = fmt.Sprintf("chaos-signs-%x", seed)
	s.secrets["the secret in an address"] = fmt.Sprintf("chaos-key-%x", seed)
	s.receiver = &receiver{secret: s.secrets["the secret of messages"]}
	s.hook = httptest.NewServer(s.receiver)
	s.thief = httptest.NewServer(http.HandlerFunc(s.steal))
	s.world = newWorld(s.server, fake.TowerID, fake.SchoolID, fake.LibraryID)
	database, err := s.ledger(ctx, dir)
	if err != nil {
		return nil, err
	}
	s.estate = &estate{dir: dir, runner: runner, env: append(s.environment(dir), "RUNNER_DATABASE="+database)}
	s.watcher = &watcher{out: s.estate.out(), world: s.world, jobs: map[string]job{}, report: &s.report,
		stats: map[string]fs.FileInfo{}, seen: map[string]seen{}}
	for _, j := range s.jobs {
		s.watcher.jobs[j.name] = j
	}
	return s, s.put(s.jobs, s.text(s.jobs, false))
}

// ledger is where it is: SQLite for one node, and for several a PostgreSQL of our own.
func (s *storm) ledger(ctx context.Context, dir string) (string, error) {
	if len(s.nodes) == 1 {
		return "sqlite:" + filepath.Join(dir, "ledger", "runner.db"), nil
	}
	var err error
	if s.cluster, err = storetest.NewCluster(); err != nil {
		return "", err
	}
	return s.cluster.Create(ctx, "chaos")
}

// place says who works, and where the ledger is.
func (s *storm) place() string {
	text := "a node on SQLite"
	if s.cluster != nil {
		text = fmt.Sprintf("%d nodes on PostgreSQL", len(s.nodes))
	}
	if s.disks.out == nil {
		text += " (no disk is filled: that needs Linux and root's rights)"
	}
	return text
}

func (s *storm) steal(w http.ResponseWriter, r *http.Request) {
	if r.Header.Get("Authorization") != "" {
		s.robbed.Add(1)
	}
	w.WriteHeader(http.StatusTeapot)
}

func (s *storm) environment(dir string) []string {
	env := []string{"PATH=" + os.Getenv("PATH"), "HOME=" + dir, "LC_ALL=C.UTF-8", "TZ=UTC",
		"RUNNER_OUTPUT_DIR=" + filepath.Join(dir, "out"), "CHAOS_SECRET=" + s.secrets["the secret of messages"]}
	for _, j := range s.jobs {
		if j.source == "token_env" {
			env = append(env, j.variable+"="+s.purse.newest(j.name).Token)
		}
		env = append(env, "CHAOS_"+variable(j.name)+"="+s.hook.URL+"/"+j.name+"?key="+s.secrets["the secret in an address"])
	}
	return env
}

// close ends what isn't a child. Children end with the context that they were started with.
func (s *storm) close() {
	s.hook.CloseClientConnections()
	s.hook.Close()
	s.thief.Close()
	s.server.Close()
	s.gate.close()
	_ = s.gate.listen.Close()
	if s.cluster != nil {
		s.cluster.Stop()
	}
}

// begin starts a node in a place where none is.
func (s *storm) begin(ctx context.Context, place int) (err error) {
	s.power.Lock()
	defer s.power.Unlock()
	s.paper.Lock()
	defer s.paper.Unlock()
	if s.nodes[place], err = s.estate.serve(ctx); err != nil || s.cluster == nil {
		return err // SQLite's may be killed while it begins
	}
	return s.nodes[place].serving(ctx) // one that finds no database when it begins ends, as it says
}

// serving says whether all nodes are at work, or were before they ended.
func (s *storm) serving() bool {
	return !slices.ContainsFunc(s.nodes, func(n *node) bool { return n == nil || !n.serves() })
}

// atWork is the same for those who don't hold the paper's lock.
func (s *storm) atWork() bool {
	s.paper.Lock()
	defer s.paper.Unlock()
	return s.serving()
}

// end asks all nodes to end.
func (s *storm) end() (err error) {
	for _, n := range s.nodes {
		err = errors.Join(err, n.stop())
	}
	return err
}

// rage lets everybody loose for so long.
func (s *storm) rage(ctx context.Context, length time.Duration) error {
	for place := range s.nodes {
		if err := s.begin(ctx, place); err != nil {
			return err
		}
		if err := s.nodes[place].serving(ctx); err != nil {
			return err
		}
	}
	s.served = time.Now()
	over, stop := context.WithTimeout(ctx, length)
	defer stop()
	watching, enough := context.WithCancel(ctx)
	defer enough()
	var watch sync.WaitGroup
	watch.Go(func() { s.watcher.watch(watching) })
	s.actors.Go(func() { s.world.turn(over, s.dice(1)) })
	s.actors.Go(func() { s.spoil(over, s.dice(2)) })
	s.actors.Go(func() { s.sicken(over, s.dice(3)) })
	s.actors.Go(func() { s.cutOff(over, s.dice(4)) })
	s.actors.Go(func() { s.rewrite(over, s.dice(7)) })
	s.actors.Go(func() { s.rotate(over, s.dice(8)) })
	if s.disks.out != nil {
		s.actors.Go(func() { s.fill(over, s.dice(9)) })
	}
	if s.cluster != nil {
		s.actors.Go(func() { s.powerCuts(over, s.dice(6)) })
	}
	err := s.torment(over, ctx, s.dice(5))
	stop()
	s.actors.Wait()
	if err == nil && ctx.Err() == nil {
		err = s.calm(ctx)
	}
	enough()
	watch.Wait()
	s.watcher.look()
	return err
}
