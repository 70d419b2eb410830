package web

import (
	"net/http"

	"speckle-runner/internal/store"
)

// runs lists runs, the newest tick first.
func (s *Server) runs(r *http.Request) (reply[[]store.Run], error) {
	asked, err := readRunsQuery(r.URL.Query())
	if err != nil {
		return reply[[]store.Run]{}, err
	}
	asked.filter.Limit = asked.limit + 1 // one more tells whether there are more
	runs, err := s.o.Store.Runs(r.Context(), asked.filter)
	if err != nil {
		return reply[[]store.Run]{}, err
	}
	answer, err := ok(runs)
	if len(runs) > asked.limit {
		answer.body = runs[:asked.limit]
		answer.header = nextPage(r, cursorOf(runCursor, runs[asked.limit-1].Run))
	}
	return answer, err
}

// wholeRun is a run with what only it is asked for.
type wholeRun struct {
	store.Run
	Attempts []store.Attempt `json:"attempts"`
	Log      string          `json:"log"`
	// Progress is how far it is; absent: it isn't running on this node, or has read nothing yet.
	Progress *runProgress `json:"progress,omitempty"`
}

// runProgress is how far a running attempt is.
type runProgress struct {
	Doing    string `json:"doing"`
	Pages    int    `json:"pages"`
	Records  int64  `json:"records"`
	Total    int64  `json:"total"` // of records; below 0: nobody knows
	Items    int    `json:"items"` // of a for_each; 0 of 0 without
	AllItems int    `json:"all_items"`
}

func (s *Server) progress(run *store.Run) *runProgress {
	if s.o.Progress == nil || run.State != store.Running {
		return nil
	}
	p, known := s.o.Progress(run.Run)
	if !known {
		return nil
	}
	return &runProgress{p.Doing, p.Pages, p.Records, p.Total, p.Items, p.AllItems}
}

func (s *Server) run(r *http.Request) (reply[wholeRun], error) {
	whole, err := s.o.Store.Whole(r.Context(), r.PathValue("run"))
	if err != nil {
		return reply[wholeRun]{}, err
	}
	return ok(wholeRun{whole.Run, whole.Attempts, whole.Log, s.progress(&whole.Run)})
}

// cancel ends a run; one that is running on another node within a beat.
func (s *Server) cancel(r *http.Request) (reply[startedRun], error) {
	id := r.PathValue("run")
	if err := s.o.Store.Cancel(r.Context(), id); err != nil {
		return reply[startedRun]{}, err
	}
	s.o.Log.Info().Str("run", id).Str("from", r.RemoteAddr).Msg("a run was canceled by the API")
	return accepted(startedRun{id})
}

// redelivered says how many deliveries will be sent.
type redelivered struct {
	Deliveries int `json:"deliveries"`
}

func (s *Server) redeliver(r *http.Request) (reply[redelivered], error) {
	id := r.PathValue("run")
	n, err := s.o.Store.Redeliver(r.Context(), id)
	if err != nil {
		return reply[redelivered]{}, err
	}
	s.o.Log.Info().Str("run", id).Int("deliveries", n).Str("from", r.RemoteAddr).Msg("deliveries were queued again by the API")
	return accepted(redelivered{n})
}

// forgotten says what is never sent, and how many are on their way at this moment.
type forgotten struct {
	Messages []store.RunDelivery `json:"messages"`
	Sending  int                 `json:"sending"`
}

// forget gives up what a run owes.
func (s *Server) forget(r *http.Request) (reply[forgotten], error) {
	id := r.PathValue("run")
	gone, err := s.o.Store.Forget(r.Context(), id)
	if err != nil {
		return reply[forgotten]{}, err
	}
	s.o.Log.Info().Str("run", id).Int("deliveries", len(gone.Messages)).Str("from", r.RemoteAddr).Msg("deliveries were given up by the API")
	return ok(forgotten{append([]store.RunDelivery{}, gone.Messages...), gone.Sending})
}
