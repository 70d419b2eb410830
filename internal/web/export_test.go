package web

import (
	"regexp"

	"github.com/prometheus/client_golang/prometheus"
)

// Names gives every metric of ours that /metrics may tell, whether or not it does.
func (m *Metrics) Names() []string {
	ours := []prometheus.Collector{
		&known{}, &jobTallies{}, m.duration, m.lateness, m.running, m.stuck, m.slots, m.lost, m.deliveries, m.build,
	}
	name := regexp.MustCompile(`fqName: "([^"]+)"`)
	var names []string
	for _, c := range ours {
		descs := make(chan *prometheus.Desc, 100)
		c.Describe(descs)
		close(descs)
		for d := range descs {
			names = append(names, name.FindStringSubmatch(d.String())[1])
		}
	}
	return names
}

// Hurry lets the answers to wrong tokens come at once: for tests that send many.
func (s *Server) Hurry() *Server {
	s.wrongs.pause = 0
	return s
}

// Crowd has as many answers to wrong tokens waiting as may.
func (s *Server) Crowd() *Server {
	s.wrongs.waiting = wrongWaiting
	return s
}

// Paths gives everything that can be asked, "GET /healthz".
func (s *Server) Paths() []string {
	var all []string
	for _, r := range s.routes() {
		all = append(all, r.method+" "+r.path)
	}
	return all
}

// Pages gives what people ask, pages and buttons, as Paths does.
func (s *Server) Pages() []string {
	all := []string{"GET " + loginPath, "POST " + loginPath, "POST " + logoutPath}
	for _, r := range s.pages.Routes() {
		all = append(all, r.Method+" "+r.Path)
	}
	return all
}
