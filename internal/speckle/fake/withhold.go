package fake

import (
	"net/http"
	"strings"
)

// Withhold keeps a version's files back for so many requests, as while its
// producer is at work; below 0 for ever.
func (s *Server) Withhold(version string, requests int) {
	s.house.mu.Lock()
	defer s.house.mu.Unlock()
	if s.house.withheld == nil {
		s.house.withheld = map[string]int{}
	}
	s.house.withheld[version] = requests
}

// LoseObject leaves an object out of what is streamed, for so many requests;
// below 0 for ever.
func (s *Server) LoseObject(id string, requests int) {
	s.house.mu.Lock()
	defer s.house.mu.Unlock()
	if s.house.lost == nil {
		s.house.lost = map[string]int{}
	}
	s.house.lost[id] = requests
}

// SetIngestion makes the server one that knows Model.latestIngestion, as hosted
// ones do, and says what it is for a model.
func (s *Server) SetIngestion(model, status, message string) {
	s.house.mu.Lock()
	defer s.house.mu.Unlock()
	if s.house.ingestion == nil {
		s.house.ingestion = map[string]ingestion{}
	}
	s.house.ingestion[model] = ingestion{status, message}
}

// tell answers a query for an ingestion, which the schema here doesn't know.
func (h *house) tell(w http.ResponseWriter, r request) bool {
	if !strings.Contains(r.Query, "latestIngestion") {
		return false
	}
	id, _ := r.Variables["model"].(string)
	h.mu.Lock()
	one, known := h.ingestion[id]
	h.mu.Unlock()
	if known {
		data := ordered{{"status", one.status}, {"progressMessage", one.message}}
		send(w, http.StatusOK, jsonType, encode(ordered{{"data", ordered{{"project",
			ordered{{"model", ordered{{"latestIngestion", ordered{{"statusData", data}}}}}}}}}}))
	}
	return known
}
