package web_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"speckle-runner/internal/store"
)

func successful() store.Outcome {
	return store.Outcome{
		State: store.Succeeded, Pages: 2, Records: 31, Bytes: 990, Log: "page 1\npage 2\n", Warnings: []string{"slow"},
		Files:      []store.File{{Path: "nightly.json", Records: 31, Bytes: 990, SHA256: "ab"}},
		Unchanged:  []int{2},
		Deliveries: []store.NewDelivery{{ID: "msg_1", Kind: "output", Target: "webhook 1"}},
	}
}

// runs counts what the ledger has.
func (s *site) runs(t *testing.T, job string) int {
	t.Helper()
	runs, err := s.store.Runs(t.Context(), store.Filter{Job: job, Limit: 10_000})
	if err != nil {
		t.Fatal(err)
	}
	return len(runs)
}

func TestJobsShape(t *testing.T) {
	s := serve(t)
	s.ran("nightly", tick, successful())
	s.ran("nightly", tick.Add(time.Hour), store.Outcome{State: store.Failed, Error: "no access to " + pasted})
	const (
		nightly = `{"job":"nightly","description":"Every model \u003cof\u003e the tower","schedule":["30 2 * * *","@every 15m"],"timezone":"Europe/London","next_tick":"…",
			"last_run":{"run":"nightly-20260302T033000Z","tick":"2026-03-02T03:30:00Z","state":"failed","attempt":1,"trigger":"manual","started_at":"…","finished_at":"…","records":0,"error":"no access to ab12cd34ef…[redacted]"},
			"last_success":{"run":"nightly-20260302T023000Z","tick":"2026-03-02T02:30:00Z","state":"succeeded","attempt":1,"trigger":"manual","started_at":"…","finished_at":"…","records":31,"error":""},
			"disabled":false}`
		byHand = `{"job":"by-hand","description":"","schedule":["manual"],"timezone":"UTC","next_tick":null,"last_run":null,"last_success":null,"disabled":false}`
		off    = `{"job":"off","description":"","schedule":["@daily"],"timezone":"Europe/London","next_tick":null,"last_run":null,"last_success":null,"disabled":true}`
	)
	a := s.ask("GET", "/api/v1/jobs")
	golden(t, a, "["+nightly+","+byHand+","+off+"]")
	all := decode[[]struct {
		NextTick *time.Time `json:"next_tick"`
	}](t, a, http.StatusOK)
	if next := all[0].NextTick; !next.Equal(s.sched.Next("nightly")) || !next.After(time.Now()) {
		t.Errorf("next tick %s, the scheduler's is %s", next, s.sched.Next("nightly"))
	}
	for name, want := range map[string]string{"nightly": nightly, "by-hand": byHand, "off": off} {
		golden(t, s.ask("GET", "/api/v1/jobs/"+name), want)
	}
	refused(t, s.ask("GET", "/api/v1/jobs/nightli"), http.StatusNotFound, `no such job: "nightli"`)
	refused(t, s.ask("GET", "/api/v1/jobs/a%2Fb"), http.StatusNotFound, `no such job: "a/b"`)
	refused(t, s.ask("POST", "/api/v1/jobs/nightli/run"), http.StatusNotFound, "no such job")
}

func TestAJobIsRunAndCanceled(t *testing.T) {
	s := serve(t)
	began := make(chan store.Claim, 1)
	s.work(func(ctx context.Context, c store.Claim) store.Outcome {
		began <- c
		<-ctx.Done()
		return store.Outcome{Error: context.Cause(ctx).Error()}
	})
	a := s.ask("POST", "/api/v1/jobs/off/run")
	id := decode[struct{ Run string }](t, a, http.StatusAccepted).Run
	golden(t, a, fmt.Sprintf(`{"run":%q}`, id))
	if got := a.header.Get("Location"); got != "/api/v1/runs/"+id {
		t.Errorf("location %q", got)
	}
	if c := <-began; c.Run != id || c.Trigger != store.API {
		t.Errorf("began %+v, want %s", c, id)
	}
	if a := s.ask("GET", "/api/v1/status"); !strings.Contains(a.body, `"running":1,`) {
		t.Errorf("status while it runs: %s", a.body)
	}
	busy := s.ask("POST", "/api/v1/jobs/off/run")
	refused(t, busy, http.StatusConflict, "the job is running: "+id)
	if got := decode[struct{ Run string }](t, busy, http.StatusConflict).Run; got != id || s.runs(t, "off") != 1 {
		t.Errorf("%s is in the way, want %s, and %d runs in the ledger", got, id, s.runs(t, "off"))
	}
	golden(t, s.ask("POST", "/api/v1/runs/"+id+"/cancel"), fmt.Sprintf(`{"run":%q}`, id))
	var got store.Run
	s.await(func() bool {
		got = decode[store.Run](t, s.ask("GET", "/api/v1/runs/"+id), http.StatusOK)
		return got.State.Ended()
	})
	if got.State != store.Canceled || got.Trigger != store.API {
		t.Errorf("ended as %+v", got)
	}
	refused(t, s.ask("POST", "/api/v1/runs/"+id+"/cancel"), http.StatusConflict, "has ended")
	refused(t, s.ask("POST", "/api/v1/runs/nightly-20200101T000000Z/cancel"), http.StatusNotFound, "no such run")
	refused(t, s.ask("POST", "/api/v1/runs/nonsense/cancel"), http.StatusNotFound, "isn't a run id")
	if log := s.log.String(); !strings.Contains(log, "a run was asked for by the API") ||
		!strings.Contains(log, "a run was canceled by the API") {
		t.Errorf("log: %s", log)
	}
}
