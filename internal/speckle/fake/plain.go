package fake

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"
)

// What operations beside GraphQL are called, for [Fault.Operation]: they are
// befallen only by faults that name them.
const (
	Artifacts = "artifacts"
	RootOnly  = "single"
	Stream    = "object-stream"
)

// plain answers the routes beside GraphQL that read versions; false for others.
func (s *Server) plain(w http.ResponseWriter, r *http.Request, token *Token, seen *Seen) bool {
	parts := strings.Split(strings.Trim(r.URL.Path, "/"), "/")
	c := &call{server: s, token: token}
	if token != nil {
		c.user = s.world.user(token.User)
	}
	switch {
	case r.Method == http.MethodGet && len(parts) == 4 && parts[0] == "objects" && parts[3] == "single":
		s.log.place(seen, RootOnly, 0)
		if s.options.RateLimit && !s.limitTo(w, r, 1, perSecondObjects) {
			return true
		}
		s.spoiled(w, r, c, RootOnly, s.rootOf(c, parts[1], parts[2]))
	case r.Method == http.MethodPost && len(parts) == 5 && strings.HasPrefix(r.URL.Path, "/api/v2/projects/") && parts[4] == "object-stream":
		s.log.place(seen, Stream, 0)
		if s.options.RateLimit && !s.limitTo(w, r, 1, perSecondObjects) {
			return true
		}
		s.spoiled(w, r, c, Stream, s.streamOf(c, parts[3], r.Body))
	case r.Method == http.MethodGet && strings.HasPrefix(r.URL.Path, "/api/v2/projects/") && len(parts) == 9 && parts[4] == "models" &&
		parts[6] == "versions" && parts[8] == "artifacts":
		s.log.place(seen, Artifacts, 0)
		s.spoiled(w, r, c, Artifacts, s.artifactsOf(c, parts[3], parts[5], parts[7]))
	case r.Method == http.MethodGet && strings.HasPrefix(r.URL.Path, "/api/v2/projects/") && len(parts) == 7 && parts[4] == "models" &&
		parts[6] == "artifacts":
		s.log.place(seen, Artifacts, 0)
		s.spoiled(w, r, c, Artifacts, s.artifactsOf(c, parts[3], parts[5], ""))
	default:
		return false
	}
	return true
}

// spoiled sends an answer, with what goes wrong on its way.
func (s *Server) spoiled(w http.ResponseWriter, r *http.Request, c *call, operation string, a answer) {
	var hits []hit
	for _, h := range s.faults.take(operation, c.tokenID(), 0) {
		if h.Operation == operation {
			hits = append(hits, h)
		}
	}
	y := way{server: s, w: w, r: r, hits: hits}
	if y.obstructed() {
		return
	}
	if operation != Artifacts && a.status == http.StatusOK && y.hit(Text) == nil {
		var packed bytes.Buffer
		out := gzip.NewWriter(&packed)
		_, _ = out.Write(a.body) // into memory
		_ = out.Close()
		w.Header().Set("Content-Encoding", "gzip")
		a.body = packed.Bytes()
	}
	y.deliver(a)
}

// readable gives a project that the caller may read with streams:read, else
// the status that says why not.
func (s *Server) readable(c *call, id string) (*project, int) {
	p, err := c.readsNow(id)
	switch {
	case c.token != nil && !c.holds("streams:read"):
		return nil, http.StatusForbidden
	case err == nil:
		return p, http.StatusOK
	}
	if refused, is := err.(*apiError); is { //nolint:errorlint // made here
		return nil, refused.status
	}
	return nil, http.StatusForbidden
}

func saying(status int, text, code string) answer {
	body := ordered{{"error", text}}
	if code != "" {
		body = append(body, entry{"code", code})
	}
	return answer{status, encode(body)}
}

// rootOf is a root object alone. The old routes say 401 and nothing more.
func (s *Server) rootOf(c *call, projectID, id string) answer {
	p, status := s.readable(c, projectID)
	if p == nil && status != http.StatusNotFound {
		return answer{http.StatusUnauthorized, nil}
	}
	if strings.HasPrefix(id, "bundle.") {
		return saying(http.StatusNotFound, "The reference is a bundle", "BUNDLE_REFERENCE_NOT_FOUND")
	}
	if data := s.graphOf(p, id); data != nil {
		return answer{http.StatusOK, data.root}
	}
	return saying(http.StatusNotFound, "Object not found", "")
}

func (s *Server) graphOf(p *project, root string) *graphData {
	s.house.mu.Lock()
	defer s.house.mu.Unlock()
	if p == nil || p.roots[root] == nil {
		return nil
	}
	return s.house.graphs[root]
}

// streamOf is lines of objects, cut down to what the mask includes. What isn't
// there is left out without a word.
func (s *Server) streamOf(c *call, projectID string, body io.Reader) answer {
	p, status := s.readable(c, projectID)
	if p == nil {
		return saying(status, "You do not have access to the project", "")
	}
	var asked struct {
		ObjectIDs []string                   `json:"objectIds"`
		Mask      struct{ Include []string } `json:"attributeMask"`
	}
	if json.NewDecoder(body).Decode(&asked) != nil {
		return saying(http.StatusBadRequest, "Invalid request body", "")
	}
	slices.Sort(asked.ObjectIDs) // as the database gives them
	var out bytes.Buffer
	for _, id := range asked.ObjectIDs {
		if data := s.anyObject(id); data != nil && !s.house.keeps(s.house.lost, id) {
			out.WriteString(id + "\t")
			out.Write(masked(data, asked.Mask.Include))
			out.WriteByte('\n')
		}
	}
	return answer{http.StatusOK, out.Bytes()}
}

func (s *Server) anyObject(id string) []byte {
	s.house.mu.Lock()
	defer s.house.mu.Unlock()
	for _, g := range s.house.graphs {
		if data := g.objects[id]; data != nil {
			return data
		}
	}
	return nil
}

func masked(data []byte, include []string) []byte {
	var all map[string]json.RawMessage
	if include == nil || json.Unmarshal(data, &all) != nil {
		return data
	}
	maps.DeleteFunc(all, func(name string, _ json.RawMessage) bool { return !slices.Contains(include, name) })
	return encode(all)
}

// artifactsOf lists a bundle's files, each behind an address that opens it to
// everybody for an hour. All that is wrong is 404.
func (s *Server) artifactsOf(c *call, projectID, modelID, versionID string) answer {
	missing := saying(http.StatusNotFound, "Artifacts not found", "")
	p, _ := s.readable(c, projectID)
	if p == nil {
		return missing
	}
	s.world.mu.RLock()
	v := p.version(versionID)
	if m := p.model(modelID); versionID == "" && m != nil && len(m.versions) > 0 {
		v = m.versions[0]
	}
	s.world.mu.RUnlock()
	if v == nil || v.model.id != modelID || v.bundle == nil || s.house.keeps(s.house.withheld, v.id) {
		return missing
	}
	names, err := s.on(v)
	if err != nil {
		return saying(http.StatusInternalServerError, err.Error(), "")
	}
	list := []ordered{}
	for _, name := range slices.Sorted(maps.Keys(names)) {
		expires := time.Now().Add(time.Hour)
		list = append(list, ordered{{"name", name}, {"url", s.storage.sign(v.id, name, names[name], expires)}, {"expiresAt", iso(expires)}})
	}
	return answer{http.StatusOK, encode(ordered{{"versionId", v.id}, {"files", list}})}
}
