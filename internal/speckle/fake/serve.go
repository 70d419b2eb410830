package fake

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/graph-gophers/graphql-go"
)

// New makes a server that is an http.Handler and listens nowhere by itself.
func New(o Options) *Server {
	if o.Now.IsZero() {
		o.Now = time.Now()
	}
	s := &Server{options: o, world: newWorld(o.Seed, o.Now), done: make(chan struct{})}
	s.bulk = s.world.addBulk(o.Bulk)
	s.addHouse()
	for _, p := range s.world.projects {
		if o.History > 0 {
			p.shownFrom = s.world.now.Add(-o.History)
		}
	}
	s.tokens.add(o.Tokens...)
	s.schema = graphql.MustParseSchema(schemaText, &queries{s},
		graphql.UseFieldResolvers(), graphql.Tracer(depthTracer{}), graphql.Logger(quiet{}))
	s.faults.set(o.Faults)
	return s
}

// Start makes a server and lets it listen on loopback, until Close.
func Start(o Options) (*Server, error) {
	if o.Addr == "" {
		o.Addr = "127.0.0.1:0"
	}
	host, _, err := net.SplitHostPort(o.Addr)
	if err != nil {
		return nil, fmt.Errorf("fake server: address %q: %w", o.Addr, err)
	}
	if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return nil, fmt.Errorf("fake server: address %q is not on loopback", o.Addr)
	}
	listener, err := net.Listen("tcp", o.Addr)
	if err != nil {
		return nil, fmt.Errorf("fake server: %w", err)
	}
	s := New(o)
	s.URL = "http://" + listener.Addr().String()
	s.http = &http.Server{Handler: s, ReadHeaderTimeout: time.Minute, IdleTimeout: 61 * time.Second}
	s.served.Go(func() { _ = s.http.Serve(listener) }) // ends with ErrServerClosed
	if err := s.storage.start(s); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// start lets the storage listen on a port of its own.
func (t *storage) start(s *Server) error {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return fmt.Errorf("fake storage: %w", err)
	}
	t.origin = "http://" + listener.Addr().String()
	t.http = &http.Server{Handler: t, ReadHeaderTimeout: time.Minute, IdleTimeout: 61 * time.Second}
	s.served.Go(func() { _ = t.http.Serve(listener) }) // ends with ErrServerClosed
	return nil
}

// Close ends the server at once, requests under way included.
func (s *Server) Close() error {
	var err error
	s.close.Do(func() {
		close(s.done)
		if s.http != nil {
			err = s.http.Close()
		}
		if s.storage.http != nil {
			err = errors.Join(err, s.storage.http.Close())
		}
		s.served.Wait()
		err = errors.Join(err, s.house.remove())
	})
	if errors.Is(err, net.ErrClosed) {
		return nil
	}
	return err
}

// ServeHTTP answers one request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	seen := s.log.begin(r, time.Now())
	id := r.Header.Get("X-Request-ID")
	if id == "" {
		id = newRequestID()
	}
	w.Header().Set("X-Request-ID", id)
	w.Header().Set("Access-Control-Allow-Origin", "*")

	r.Body = http.MaxBytesReader(w, r.Body, maxBody)
	graph := r.URL.Path == "/graphql" || strings.HasPrefix(r.URL.Path, "/graphql/")
	// A request that is read at all is read before it is judged, so that the
	// log can name the operation of one that was refused.
	var entries *entries
	var lines []*Seen
	if graph && r.Method == http.MethodPost {
		entries = read(r)
		lines = s.log.name(seen, entries)
	}
	if s.options.RateLimit && r.URL.Path == "/graphql" && entries != nil && !s.limit(w, r, len(entries.list)) {
		return
	}
	caller, ok := s.tokens.judge(r.Header)
	if !ok {
		send(w, http.StatusForbidden, jsonType, []byte(`{"error":"Your token is not valid."}`))
		return
	}
	if caller != nil && s.options.TokenCheck > 0 {
		s.wait(r.Context(), s.options.TokenCheck)
	}
	switch {
	case !graph && s.plain(w, r, caller, seen):
	case !graph:
		page := "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<title>Error</title>\n</head>\n<body>\n<pre>Cannot " +
			r.Method + " " + htmlPath(r.URL.Path) + "</pre>\n</body>\n</html>\n"
		send(w, http.StatusNotFound, htmlType, []byte(page))
	case r.Method != http.MethodPost:
		w.Header().Set("Cache-Control", "no-store")
		s.refuseMethod(w, r)
	default:
		s.graph(w, r, caller, entries, lines)
	}
}

// refuseMethod answers what is not a POST. (The real server takes a GET with
// a preflight header; nobody here sends one.)
func (s *Server) refuseMethod(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodGet || r.Method == http.MethodHead {
		a := refusal(newGraphError("BAD_REQUEST", crossSite))
		send(w, a.status, jsonType, a.body)
		return
	}
	w.Header().Set("Allow", "GET, POST")
	w.WriteHeader(http.StatusMethodNotAllowed)
}

func htmlPath(path string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(path)
}

func newRequestID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

// quiet keeps what resolvers panic with out of the tests' output; the answer
// carries it.
type quiet struct{}

// LogPanic drops it.
func (quiet) LogPanic(context.Context, any) {}
