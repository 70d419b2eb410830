package main

import (
	"io"
	"net"
	"sync"
)

// gate is the network between the runner and its server: it lets through, or is shut.
type gate struct {
	url    string
	target string
	listen net.Listener

	mu    sync.Mutex
	shut  bool
	conns map[net.Conn]bool
}

func newGate(target string) (*gate, error) {
	listen, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	g := &gate{url: "http://" + listen.Addr().String(), target: target, listen: listen, conns: map[net.Conn]bool{}}
	go g.accept()
	return g, nil
}

func (g *gate) accept() {
	for {
		conn, err := g.listen.Accept()
		if err != nil {
			return // closed
		}
		go g.pass(conn)
	}
}

// pass connects both ends, unless the gate is shut.
func (g *gate) pass(near net.Conn) {
	if !g.enter(near) {
		return
	}
	defer g.leave(near)
	far, err := net.Dial("tcp", g.target)
	if err != nil || !g.enter(far) {
		return
	}
	defer g.leave(far)
	go func() {
		_, _ = io.Copy(far, near) // its end is the other's, too
		_ = far.Close()
	}()
	_, _ = io.Copy(near, far)
}

func (g *gate) enter(c net.Conn) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.shut {
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

// close cuts what is under way, and lets nobody through until open.
func (g *gate) close() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.shut = true
	for c := range g.conns {
		_ = c.Close()
	}
}

func (g *gate) open() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.shut = false
}
