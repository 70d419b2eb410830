package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"math/rand/v2"
	"net/http/httptest"
	"slices"
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

// tally is what is told of a storm.
type tally struct {
	ticks, good, messages int
}

// disks are the folders that can be full: nil where none can be mounted.
type disks struct{ out, ledger *disk }

// dice are an actor's own: what one does is not moved by what others do.
func (s *storm) dice(actor uint64) *rand.Rand { return rand.New(rand.NewPCG(s.seed, actor)) }

// newWatcher gives one that knows all jobs, and has seen nothing.
func (s *storm) newWatcher() *watcher {
	w := &watcher{world: s.world, jobs: map[string]job{}, report: &s.report, stats: map[string]fs.FileInfo{}, seen: map[string]seen{}}
	for _, j := range s.jobs {
		w.jobs[j.name] = j
	}
	return w
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

// known are all secrets that ever were.
func (s *storm) known() map[string]string {
	all := maps.Clone(s.secrets)
	if all == nil {
		all = map[string]string{}
	}
	for _, j := range s.jobs {
		for i, t := range s.purse.of(j.name) {
			all[fmt.Sprintf("token %d of %s", i+1, j.name)] = t.Token
		}
	}
	return all
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
