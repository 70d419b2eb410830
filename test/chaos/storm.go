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

	paper  paper
	nodes  []*node   // changes with the paper's lock held
	served time.Time // when the nodes had begun

	cluster *storetest.Cluster // nil: the ledger is SQLite's
	power   sync.Mutex         // held while the database is down, or a node that needs it begins

	kills, pauses, stops, faults, outages, rewritten, spoilt, exchanged atomic.Int64
}

// dice are an actor's own: what one does is not moved by what others do.
func (s *storm) dice(actor uint64) *rand.Rand { return rand.New(rand.NewPCG(s.seed, actor)) }

func newStorm(ctx context.Context, seed uint64, nodes int, dir, runner string) (*storm, error) {
	s := &storm{seed: seed, dir: dir, jobs: jobsOf(kinds), secrets: map[string]string{}, nodes: make([]*node, nodes)}
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
		return "sqlite:" + filepath.Join(dir, "runner.db"), nil
	}
	var err error
	if s.cluster, err = storetest.NewCluster(); err != nil {
		return "", err
	}
	return s.cluster.Create(ctx, "chaos")
}

// place says who works, and where the ledger is.
func (s *storm) place() string {
	if s.cluster == nil {
		return "a node on SQLite"
	}
	return fmt.Sprintf("%d nodes on PostgreSQL", len(s.nodes))
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

// calm heals everything, and waits until the ledger has nothing left to do.
func (s *storm) calm(ctx context.Context) error {
	if err := s.put(s.jobs, s.text(s.jobs, false)); err != nil {
		return err
	}
	healed := time.Now()
	if err := s.until(ctx, "every job is due once more", func() (bool, error) {
		runs, err := s.estate.runs(ctx)
		newest := map[string]time.Time{}
		for _, r := range runs {
			if r.Tick.After(newest[r.Job]) {
				newest[r.Job] = r.Tick
			}
		}
		for _, j := range s.jobs {
			if newest[j.name].Before(healed) {
				return false, err
			}
		}
		return true, err
	}); err != nil {
		return err
	}
	if err := s.end(); err != nil {
		return err
	}
	if err := replace(filepath.Join(s.estate.dir, "jobs.yaml"), s.text(s.jobs, true)); err != nil {
		return err
	}
	s.nodes = s.nodes[:1]
	if err := s.begin(ctx, 0); err != nil {
		return err
	}
	if err := s.until(ctx, "everything has an end", func() (bool, error) {
		open, err := s.estate.runs(ctx, "--state", "scheduled,running,interrupted")
		if err != nil || len(open) > 0 {
			return false, err
		}
		owed, err := s.estate.runs(ctx, "--undelivered")
		return len(owed) == 0, err
	}); err != nil {
		s.report.add(found(broken, "%v", err)) // the ledger then says what has none
	}
	if err := s.end(); err != nil {
		return err
	}
	return s.judge(ctx, healed)
}

// longestCalm is for messages whose last try was to be in two minutes.
const longestCalm = 8 * time.Minute

var errRestless = errors.New("it didn't come true in time")

func (s *storm) until(ctx context.Context, what string, holds func() (bool, error)) error {
	ctx, cancel := context.WithTimeoutCause(ctx, longestCalm, errRestless)
	defer cancel()
	for {
		for _, n := range s.nodes {
			if err := n.alive(); err != nil {
				return err
			}
		}
		if ok, err := holds(); ok || err != nil {
			return err
		}
		if !rest(ctx, time.Second) {
			return fmt.Errorf("%s: %w", what, context.Cause(ctx))
		}
	}
}

// tally is what is told of a storm.
type tally struct {
	ticks, good, messages int
}

// judge holds the ledger, the messages and every byte against the truth.
func (s *storm) judge(ctx context.Context, to time.Time) error {
	for _, j := range s.jobs {
		for i, t := range s.purse.of(j.name) {
			s.secrets[fmt.Sprintf("token %d of %s", i+1, j.name)] = t.Token
		}
	}
	runs, err := s.estate.runs(ctx)
	if err != nil {
		return err
	}
	text, err := s.estate.told(ctx)
	if err != nil {
		return err
	}
	s.report.add(checkSecrets("what runner runs says", text, s.secrets))
	all := s.receiver.arrivals()
	s.tally = tally{ticks: len(runs), messages: len(all)}
	hooks, owner := map[string]bool{}, map[string][]string{}
	for _, r := range runs {
		if r.State == "succeeded" {
			s.tally.good++
		}
	}
	for _, j := range s.jobs {
		hooks[j.name] = j.hook
		for _, t := range s.purse.of(j.name) {
			owner[j.operation] = append(owner[j.operation], t.ID())
		}
		s.report.add(checkTicks(j.name, spansOf(j.name, s.paper.editions, s.estate.lives(), s.served, to), runs))
		if j.told {
			s.report.add(checkTold(j.name, s.world.of(j.project), runs, all))
		}
	}
	s.report.add(checkArrivals(all))
	s.report.add(checkDeliveries(runs, all, hooks))
	for _, a := range all {
		s.report.add(checkSecrets("the message "+a.ID, []byte(a.Body), s.secrets))
		if len(a.Rows) > 0 {
			_, wrong := checkSight(s.world.of(s.watcher.jobs[a.Job].project), seen{}, sight{Name: "the message " + a.ID, At: a.At, Rows: a.Rows})
			s.report.add(wrong)
		}
	}
	var asked []sent
	for _, r := range s.server.Requests() {
		asked = append(asked, sent{r.Operation, r.Token})
	}
	s.report.add(checkSent(asked, owner))
	if n := s.robbed.Load(); n > 0 {
		s.report.add(found(leaked, "%d requests followed a redirect with their token", n))
	}
	return s.search()
}

// search reads every byte that was left: files, logs, and the ledger.
func (s *storm) search() error {
	var exports []string
	err := filepath.WalkDir(s.estate.dir, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && entry.IsDir() && path == filepath.Join(s.dir, tokenDir) {
			return filepath.SkipDir // whence they are read
		}
		if err != nil || !entry.Type().IsRegular() {
			return err
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		s.report.add(checkSecrets(path, content, s.secrets))
		if name, err := filepath.Rel(s.estate.out(), path); err == nil && filepath.IsLocal(name) {
			exports = append(exports, filepath.ToSlash(name))
		}
		return nil
	})
	s.report.add(checkLeft(exports))
	return err
}

// line is what a storm is told in.
func (s *storm) line() string {
	c := s.report.count
	text := fmt.Sprintf("seed %d: %d ticks (%d succeeded), %d kills, %d pauses, %d stops, %d faults, %d outages, %d job files, %d of them broken at first, %d tokens,\n",
		s.seed, s.tally.ticks, s.tally.good, s.kills.Load(), s.pauses.Load(), s.stops.Load(), s.faults.Load(), s.outages.Load(), s.rewritten.Load(), s.spoilt.Load(), s.exchanged.Load())
	text += fmt.Sprintf("%d exports and %d messages seen: ", s.watcher.exports, s.tally.messages)
	text += fmt.Sprintf("lost %d, doubled %d, stale %d, leaked %d", c[lost], c[doubled], c[stale], c[leaked])
	if c[broken] > 0 {
		text += fmt.Sprintf(", broken %d", c[broken])
	}
	return text
}
