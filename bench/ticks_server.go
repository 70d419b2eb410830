package main

import (
	"encoding/json"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"
)

// arrival is one request: when its header was read, and whose it was.
type arrival struct {
	At    time.Time `json:"at"`
	Token string    `json:"token"` // its first ten digits
}

// constant answers every query at once with the same, so that nothing but the
// asker is measured, and notes who asked when.
type constant struct {
	latency time.Duration
	mu      sync.Mutex
	seen    []arrival
}

// ServeHTTP answers queries, and GET /arrivals with what was noted.
func (c *constant) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	now := time.Now()
	w.Header().Set("Content-Type", "application/json")
	if r.URL.Path == "/arrivals" {
		c.mu.Lock()
		defer c.mu.Unlock()
		_ = json.NewEncoder(w).Encode(c.seen) // who asks sees a cut answer
		return
	}
	bearer := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
	c.mu.Lock()
	c.seen = append(c.seen, arrival{At: now, Token: bearer[:min(10, len(bearer))]})
	c.mu.Unlock()
	time.Sleep(c.latency)
	_, _ = w.Write([]byte(`{"data":{"serverInfo":{"version":"1"}}}`)) // the asker may be killed
}

// startConstant listens on loopback until its end is asked for.
func startConstant(latency time.Duration) (url string, stop func() error, err error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, err
	}
	server := &http.Server{Handler: &constant{latency: latency}, ReadHeaderTimeout: time.Minute}
	go func() { _ = server.Serve(listener) }()
	return "http://" + listener.Addr().String(), server.Close, nil
}
