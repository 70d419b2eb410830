package web

import (
	"net/http"
	"slices"

	"speckle-runner/internal/store"
)

// runs lists runs, the newest tick first. Where there are more, the Link
// header has the address of the next page.
func (s *Server) runs(r *http.Request) (reply[[]store.Run], error) {
	asked, err := readRunsQuery(r.URL.Query())
	if err != nil {
		return reply[[]store.Run]{}, err
	}
	runs, err := s.page(r, asked)
	if err != nil {
		return reply[[]store.Run]{}, err
	}
	var header http.Header
	if len(runs) > asked.limit {
		runs = runs[:asked.limit]
		next := r.URL.Query()
		next.Set("before", runs[asked.limit-1].Run)
		header = http.Header{"Link": {"<" + r.URL.Path + "?" + next.Encode() + `>; rel="next"`}}
	}
	return reply[[]store.Run]{http.StatusOK, runs, header}, nil
}

// page gives one run more than asked for, if there is one. A run as `before`
// continues within its tick: thousands of jobs may share one.
func (s *Server) page(r *http.Request, q runsQuery) ([]store.Run, error) {
	runs := []store.Run{}
	if q.beforeRun != "" && q.filter.Job == "" {
		tied, err := s.o.Store.Runs(r.Context(), q.sameTick())
		if err != nil {
			return nil, err
		}
		// A run that is gone by now has no place: better its tick again than
		// some of it never.
		at := slices.IndexFunc(tied, func(run store.Run) bool { return run.Run == q.beforeRun })
		for _, run := range tied[at+1:] {
			if (len(q.filter.States) == 0 || slices.Contains(q.filter.States, run.State)) && (!q.filter.Undelivered || run.Owes()) {
				runs = append(runs, run)
			}
		}
	}
	if len(runs) > q.limit {
		return runs[:q.limit+1], nil
	}
	q.filter.Limit = q.limit + 1 - len(runs)
	rest, err := s.o.Store.Runs(r.Context(), q.filter)
	return append(runs, rest...), err
}

// wholeRun is a run with what only it is asked for.
type wholeRun struct {
	store.Run
	Attempts []store.Attempt `json:"attempts"`
	Log      string          `json:"log"`
}

func (s *Server) run(r *http.Request) (reply[wholeRun], error) {
	ctx, id := r.Context(), r.PathValue("run")
	run, err := s.o.Store.Run(ctx, id)
	if err != nil {
		return reply[wholeRun]{}, err
	}
	whole := wholeRun{Run: run}
	if whole.Attempts, err = s.o.Store.Attempts(ctx, id); err != nil {
		return reply[wholeRun]{}, err
	}
	if whole.Attempts == nil {
		whole.Attempts = []store.Attempt{}
	}
	if whole.Log, err = s.o.Store.RunLog(ctx, id); err != nil {
		return reply[wholeRun]{}, err
	}
	return ok(whole)
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
