package web

import (
	"context"
	"net/http"
	"sync"
	"time"

	"speckle-runner/internal/scheduler"
)

// New gives a server that listens nowhere yet: a handler for Listen, or for a
// test.
func New(o Options) *Server {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Reload == nil {
		began := o.Now()
		o.Reload = func() scheduler.Reload {
			return scheduler.Reload{Generation: o.Scheduler.File().Hash, At: began}
		}
	}
	if o.OtherFiles == nil {
		o.OtherFiles = func(context.Context) ([]string, error) { return nil, nil }
	}
	s := &Server{
		o: o, began: o.Now(), mux: http.NewServeMux(), open: map[string]bool{},
		origins: http.NewCrossOriginProtection(), wrongs: newWrongs(o.Log),
	}
	s.pages = s.newPages()
	s.programs = s.operations()
	s.document = sync.OnceValues(s.newDocument)
	for _, r := range s.routes() {
		s.mux.Handle(r.method+" "+r.path, r.handler)
		if r.open {
			s.open[r.path] = true
		}
	}
	return s
}

// route is one thing that can be asked.
type route struct {
	method, path string
	open         bool // needs no token; such a path has no wildcards
	handler      http.Handler
}

// routes gives what programs ask, which the API's document tells, and what people do.
func (s *Server) routes() []route {
	routes := []route{
		{"GET", loginPath, true, s.html(s.login)},
		{"POST", loginPath, true, s.html(s.signIn)},
		{"POST", logoutPath, true, s.html(s.signOut)},
	}
	for _, o := range s.programs {
		routes = append(routes, route{o.Method, o.Path, probed(o.Path), s.handlerOf(o)})
	}
	for _, r := range s.pages.Routes() {
		routes = append(routes, route{r.Method, r.Path, r.Open, s.html(r.Handler)})
	}
	return routes
}

// ServeHTTP answers a request: who asks comes first, what is asked after it.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	seen := &seenWriter{ResponseWriter: w, base: s.o.BasePath}
	defer s.logRequest(seen, r, time.Now())
	defer s.catch(seen, r)
	guardAnswer(seen.Header())
	r, inside := s.o.BasePath.inside(r)
	if !inside {
		s.fail(seen, r, s.outside(r))
		return
	}
	r.Body = http.MaxBytesReader(seen, r.Body, bodyLimit(r))
	if err := s.admit(r); err != nil {
		s.fail(seen, r, err)
		return
	}
	if _, pattern := s.mux.Handler(r); pattern == "" {
		s.unrouted(seen, r)
		return
	}
	s.mux.ServeHTTP(seen, r)
}

// unrouted answers what has no route. The mux knows whether that is the path
// or the method, and which methods there are, but says so in plain text.
func (s *Server) unrouted(w http.ResponseWriter, r *http.Request) {
	said := &unsaid{header: http.Header{}}
	s.mux.ServeHTTP(said, r)
	allow := said.header.Get("Allow")
	switch {
	case said.status != http.StatusMethodNotAllowed:
		s.fail(w, r, refuse(http.StatusNotFound, "no such page: "+shown(r.URL.Path),
			"the pages begin at "+s.at("/")+"; the API is below "+s.at("/api/v1")+
				": /status, /jobs, /runs; health is /healthz and /readyz, and there is /metrics"))
	case r.Method == http.MethodOptions:
		w.Header().Set("Allow", allow+", OPTIONS")
		w.WriteHeader(http.StatusNoContent)
	default:
		w.Header().Set("Allow", allow+", OPTIONS")
		s.fail(w, r, refuse(http.StatusMethodNotAllowed, shown(r.Method)+" is not possible here", "possible is: "+allow))
	}
}

// unsaid takes an answer that is not sent.
type unsaid struct {
	header http.Header
	status int
}

func (u *unsaid) Header() http.Header { return u.header }

func (u *unsaid) WriteHeader(status int) { u.status = status }

func (u *unsaid) Write(p []byte) (int, error) { return len(p), nil }
