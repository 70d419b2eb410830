package main

import (
	"net"
	"sync"
	"time"
)

// passage is how a gate lets through.
type passage int

const (
	open passage = iota
	shut         // connections are cut, and new ones, too
	hole         // connections stand and are taken, and nothing comes through
	drip         // a few bytes come through at a time
	passages
)

// gate is a network between the runner and somebody.
type gate struct {
	address string
	target  string
	listen  net.Listener

	mu    sync.Mutex
	turn  *sync.Cond // it lets through in another way
	way   passage
	conns map[net.Conn]bool
}

func newGate(target string) (*gate, error) {
	listen, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	g := &gate{address: listen.Addr().String(), target: target, listen: listen, conns: map[net.Conn]bool{}}
	g.turn = sync.NewCond(&g.mu)
	go g.accept()
	return g, nil
}

func (g *gate) url() string { return "http://" + g.address }

func (g *gate) port() int { return g.listen.Addr().(*net.TCPAddr).Port }

func (g *gate) accept() {
	for {
		conn, err := g.listen.Accept()
		if err != nil {
			return // closed
		}
		go g.pass(conn)
	}
}

// pass connects both ends, once that is possible.
func (g *gate) pass(near net.Conn) {
	if !g.enter(near) {
		return
	}
	defer g.leave(near)
	g.how()
	far, err := net.Dial("tcp", g.target)
	if err != nil || !g.enter(far) {
		return
	}
	defer g.leave(far)
	go func() {
		g.carry(far, near) // its end is the other's, too
		_ = far.Close()
	}()
	g.carry(near, far)
}

// How much drips at a time, and how often.
const (
	drop = 48
	beat = 20 * time.Millisecond
)

// carry takes from one end to the other what comes, as the gate lets it.
func (g *gate) carry(to, from net.Conn) {
	buffer := make([]byte, 32<<10)
	for {
		n, err := from.Read(buffer)
		for left := buffer[:n]; len(left) > 0; {
			some := left
			if g.how() == drip {
				some = left[:min(drop, len(left))]
				time.Sleep(beat)
			}
			if _, err := to.Write(some); err != nil {
				return
			}
			left = left[len(some):]
		}
		if err != nil {
			return
		}
	}
}

// how says how the gate lets through, and waits while nothing is.
func (g *gate) how() passage {
	g.mu.Lock()
	defer g.mu.Unlock()
	for g.way == hole {
		g.turn.Wait()
	}
	return g.way
}

func (g *gate) enter(c net.Conn) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.way == shut {
		_ = c.Close()
		return false
	}
	g.conns[c] = true
	return true
}

func (g *gate) leave(c net.Conn) {
	g.mu.Lock()
	defer g.mu.Unlock()
	delete(g.conns, c)
	_ = c.Close()
}

// let says how to let through from now on. Shut, it cuts what is under way.
func (g *gate) let(way passage) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.way = way
	for c := range g.conns {
		if way == shut {
			_ = c.Close()
		}
	}
	g.turn.Broadcast()
}

// close ends it, with all that is under way.
func (g *gate) close() {
	g.let(shut)
	_ = g.listen.Close()
}
