package fake

import (
	"bytes"
	"net/http"
)

// graph answers what was posted to /graphql.
func (s *Server) graph(w http.ResponseWriter, r *http.Request, token *Token, e *entries, lines []*Seen) {
	if len(e.list) == 1 && s.house.tell(w, e.list[0]) {
		return
	}
	if e.problem != nil {
		send(w, e.problem.status, jsonType, e.problem.body)
		return
	}
	w.Header().Set("Cache-Control", "no-store")
	if len(e.list) == 0 {
		a := refusal(newGraphError("BAD_REQUEST", "No operations found in request."))
		send(w, a.status, jsonType, a.body)
		return
	}
	if e.batch && s.unbatched.Load() {
		a := refusal(newGraphError("BAD_REQUEST", "Operation batching disabled."))
		send(w, a.status, jsonType, a.body)
		return
	}
	calls := make([]*call, len(e.list))
	var hits []hit
	for i, req := range e.list {
		calls[i] = s.prepare(token, req)
		hits = append(hits, calls[i].hits...)
	}
	for i, c := range calls {
		s.log.place(lines[i], c.name(), c.page)
	}
	way := way{server: s, w: w, r: r, hits: hits, first: calls[0]}
	if way.obstructed() {
		return
	}
	if !e.batch && truthful(hits) && s.bulk.serve(w, calls[0]) {
		return
	}
	if !e.batch {
		way.deliver(s.recall(calls[0], func() answer { return calls[0].run(r.Context()) }))
		return
	}
	way.deliver(s.runBatch(r, calls))
}

// runBatch answers an array with an array. One refused entry gives its status
// to the whole.
func (s *Server) runBatch(r *http.Request, calls []*call) answer {
	out := answer{status: http.StatusOK, body: []byte("[")}
	for i, c := range calls {
		a := s.recall(c, func() answer { return c.run(r.Context()) })
		out.status = max(out.status, a.status)
		if i > 0 {
			out.body = append(out.body, ',')
		}
		out.body = append(out.body, bytes.TrimSpace(a.body)...)
	}
	out.body = append(out.body, "]\n"...)
	return out
}
