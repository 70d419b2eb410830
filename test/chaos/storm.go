package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"speckle-runner/internal/output/mail/mailtest"
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
	network  *gate // to the server
	post     *gate // to the receiver
	mail     *gate // to the mail server
	database *gate // to PostgreSQL; nil: the ledger is a file
	file     string
	receiver *receiver
	hook     *httptest.Server
	letters  mailtest.Server
	clouds   []*cloud
	thief    *httptest.Server // where redirects lead
	robbed   atomic.Int64     // requests that came to the thief with a token
	world    *world
	watcher  *watcher
	report   report
	tally    tally
	purse    *purse
	secrets  map[string]string

	disks  disks
	clocks clocks
	paper  paper
	nodes  []*node   // changes with the paper's lock held
	served time.Time // when the nodes had begun

	cluster *storetest.Cluster // nil: the ledger is SQLite's
	power   sync.Mutex         // held while the database is down, or a node that needs it begins

	kills, pauses, stops, faults, outages, rewritten, spoilt, exchanged, fills, locks, jumps atomic.Int64
}

// dice are an actor's own: what one does is not moved by what others do.
func (s *storm) dice(actor uint64) *rand.Rand { return rand.New(rand.NewPCG(s.seed, actor)) }

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

// newWatcher gives one that knows all jobs, and has seen nothing.
func (s *storm) newWatcher() *watcher {
	w := &watcher{world: s.world, jobs: map[string]job{}, report: &s.report, stats: map[string]fs.FileInfo{}, seen: map[string]seen{}}
	for _, j := range s.jobs {
		w.jobs[j.name] = j
	}
	return w
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

// place says who works, and where the ledger is.
func (s *storm) place() string {
	text := "a node on SQLite"
	if s.cluster != nil {
		text = fmt.Sprintf("%d nodes on PostgreSQL", len(s.nodes))
	}
	if s.clocks.dir == "" {
		text += " (whose clock is right)"
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
		if j.secret == "token_env" {
			env = append(env, j.variable+"="+s.purse.newest(j.name).Token)
		}
		env = append(env, "CHAOS_"+variable(j.name)+"="+s.post.url()+"/"+j.name+"?key="+s.secrets["the secret in an address"])
	}
	return append(env, s.cloudEnvironment()...)
}

// close ends what isn't a child. Children end with the context that they were started with.
func (s *storm) close() {
	s.hook.CloseClientConnections()
	s.hook.Close()
	s.thief.Close()
	s.server.Close()
	s.network.close()
	s.post.close()
	s.mail.close()
	for _, c := range s.clouds {
		c.gate.close()
	}
	_ = s.letters.Close() // it may have ended
	if s.cluster != nil {
		s.database.close()
		s.cluster.Stop()
	}
}

// begin starts a node in a place where none is.
func (s *storm) begin(ctx context.Context, place int) (err error) {
	s.power.Lock()
	defer s.power.Unlock()
	s.paper.Lock()
	defer s.paper.Unlock()
	s.nodes[place], err = s.estate.serve(ctx, s.clocks.of(place))
	if err != nil || s.cluster == nil {
		return err // SQLite's may be killed while it begins
	}
	return s.nodes[place].serving(ctx) // one that finds no database when it begins ends, as it says
}

// serving says whether all nodes are at work, or were before they ended.
func (s *storm) serving() bool {
	return !slices.ContainsFunc(s.nodes, func(n *node) bool { return n == nil || !n.serves() })
}

// atWork says whether all nodes are so far that they can do without their ledger.
func (s *storm) atWork() bool {
	s.paper.Lock()
	defer s.paper.Unlock()
	return !slices.ContainsFunc(s.nodes, func(n *node) bool { return n == nil || !n.works() })
}

// end asks all nodes to end.
func (s *storm) end() (err error) {
	for _, n := range s.nodes {
		err = errors.Join(err, n.stop())
	}
	return err
}

// actors are those who make trouble until the storm is over, each with dice of its own.
func (s *storm) actors(over context.Context) []func(*rand.Rand) {
	all := []func(*rand.Rand){
		func(dice *rand.Rand) { s.world.turn(over, dice) },
		func(dice *rand.Rand) { s.spoil(over, dice) },
		func(dice *rand.Rand) { s.sicken(over, dice) },
		func(dice *rand.Rand) { s.disturb(over, s.network, dice) },
		func(dice *rand.Rand) { s.disturb(over, s.post, dice) },
		func(dice *rand.Rand) { s.disturb(over, s.mail, dice) },
		func(dice *rand.Rand) { s.sickenMail(over, dice) },
		func(dice *rand.Rand) { s.rewrite(over, dice) },
		func(dice *rand.Rand) { s.rotate(over, dice) },
		func(dice *rand.Rand) { s.lock(over, dice) },
	}
	for _, c := range s.clouds {
		all = append(all, func(dice *rand.Rand) { s.sickenCloud(over, c, dice) }, func(dice *rand.Rand) { s.disturbCloud(over, c, dice) })
	}
	if s.cluster != nil {
		all = append(all, func(dice *rand.Rand) { s.powerCuts(over, dice) }, func(dice *rand.Rand) { s.disturb(over, s.database, dice) })
	}
	if s.clocks.dir != "" {
		all = append(all, func(dice *rand.Rand) { s.jump(over, dice) })
	}
	if s.disks.out != nil {
		all = append(all, func(dice *rand.Rand) { s.fill(over, dice) })
	}
	return all
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
	var watch, acting sync.WaitGroup
	watch.Go(func() { s.watcher.watch(watching) })
	for i, acts := range s.actors(over) {
		dice := s.dice(uint64(i) + 1)
		acting.Go(func() { acts(dice) })
	}
	err := s.torment(over, ctx, s.dice(0))
	stop()
	acting.Wait()
	if err == nil && ctx.Err() == nil {
		err = s.calm(ctx)
	}
	enough()
	watch.Wait()
	s.watcher.look()
	return err
}
