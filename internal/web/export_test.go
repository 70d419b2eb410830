package web

// Paths gives everything that can be asked, "GET /healthz".
func (s *Server) Paths() []string {
	var all []string
	for _, r := range s.routes() {
		all = append(all, r.method+" "+r.path)
	}
	return all
}
