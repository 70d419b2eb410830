package remote_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"speckle-runner/internal/remote"
	"speckle-runner/internal/store"
)

// script answers one look after the other, the last for ever; "" is no answer.
func script(looks ...string) roundTrip {
	return func(r *http.Request) (*http.Response, error) {
		look := looks[0]
		if len(looks) > 1 {
			looks = looks[1:]
		}
		if look == "" {
			return nil, errors.New("connection refused")
		}
		w := httptest.NewRecorder()
		answers(200, "application/json", look)(w, r)
		response := w.Result()
		response.Request = r
		return response, nil
	}
}

func look(state, more string) string {
	return `{"run":"` + runID + `","job":"nightly","state":"` + state + `"` + more + `}`
}

func TestFollow(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := clientOf(t, "https://host", script(look("scheduled", ""),
			look("running", `,"progress":{"doing":"reading","pages":3,"records":200,"total":500}`),
			"", "", look("interrupted", "")))
		var seen []remote.Seen
		last, err := c.Follow(t.Context(), runID, func(s remote.Seen) { seen = append(seen, s) })
		if err != nil || last.State != store.Interrupted || len(seen) != 3 {
			t.Fatalf("%v, %v, seen %d", last.State, err, len(seen))
		}
		if p := seen[1].Progress; p == nil || *p != (remote.Progress{Doing: "reading", Pages: 3, Records: 200, Total: 500}) {
			t.Errorf("progress %+v", p)
		}
		if seen[0].Progress != nil || seen[2].Progress != nil || last.Attempts == nil {
			t.Errorf("%+v", seen)
		}
	})
}

// TestAServerMayBeAwayForAWhile: it is started again and goes on; one that stays away
// isn't waited for.
func TestAServerMayBeAwayForAWhile(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := clientOf(t, "https://host", script(look("running", ""), ""))
		last, err := c.Follow(t.Context(), runID, func(remote.Seen) {})
		if err == nil || last.State != store.Running || !strings.Contains(err.Error(),
			"follow "+runID+" at https://host: nothing for 2m0s: connect: connection refused") {
			t.Errorf("%v, %v", last.State, err)
		}
	})
}

func TestWhatIsLastingEndsTheWait(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := clientOf(t, "https://host", roundTrip(func(r *http.Request) (*http.Response, error) {
			w := httptest.NewRecorder()
			answers(404, problem, `{"error":"no such run","hint":""}`)(w, r)
			return w.Result(), nil
		}))
		if _, err := c.Follow(t.Context(), runID, func(remote.Seen) {}); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("%v", err)
		}
	})
}

func TestWhoStopsWaitingIsLetGo(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Minute, cancel)
		last, err := clientOf(t, "https://host", script(look("running", ""))).Follow(ctx, runID, func(remote.Seen) {})
		if !errors.Is(err, context.Canceled) || last.State != store.Running {
			t.Errorf("%v, %v", last.State, err)
		}
	})
}

// TestReceiversThatTakeNothingArentWaitedFor: each for itself, and one that takes
// something begins anew.
func TestReceiversThatTakeNothingArentWaitedFor(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const refuses = `{"id":"1","target":"refuses","state":"queued","attempts":1,"error":"500"}`
		deliveries := func(works string) string {
			return look("succeeded", `,"deliveries":[`+refuses+`,{"id":"2","target":"works","state":"`+works+
				`"},{"id":"3","target":"works","state":"delivered"}]`)
		}
		var looks []string
		for range 10 {
			looks = append(looks, deliveries("queued"))
		}
		c := clientOf(t, "https://host", script(append(looks, deliveries("delivered"))...))
		last, stopped, err := c.Arrive(t.Context(), runID, time.Minute, func(remote.Seen) {})
		if err != nil || len(stopped) != 1 || stopped[0] != "refuses" || last.Deliveries[1].State != store.DeliveryDelivered {
			t.Errorf("%+v, stopped %v, %v", last.Deliveries, stopped, err)
		}
		none := clientOf(t, "https://host", script(look("succeeded", "")))
		if _, stopped, err := none.Arrive(t.Context(), runID, 0, func(remote.Seen) {}); err != nil || stopped != nil {
			t.Errorf("stopped %v, %v", stopped, err)
		}
	})
}

// TestOneTryOfEach: whoever waits for nothing waits for one try of each message, as where
// the process sends itself. Tries before it was asked for don't count.
func TestOneTryOfEach(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		once := func(state string, attempts int) string {
			return look("succeeded", fmt.Sprintf(`,"deliveries":[{"id":"1","target":"hook","state":"%s","attempts":%d}]`, state, attempts))
		}
		arrives := clientOf(t, "https://host", script(once("queued", 3), once("sending", 4), once("delivered", 4)))
		if last, stopped, err := arrives.Arrive(t.Context(), runID, 0, func(remote.Seen) {}); err != nil || stopped != nil ||
			last.Deliveries[0].State != store.DeliveryDelivered {
			t.Errorf("%+v, stopped %v, %v", last.Deliveries, stopped, err)
		}
		for _, looks := range [][]string{
			{once("queued", 3), once("sending", 4), once("queued", 4)},
			{once("sending", 4), once("sending", 4), once("queued", 4)},
		} {
			refuses := clientOf(t, "https://host", script(looks...))
			last, stopped, err := refuses.Arrive(t.Context(), runID, 0, func(remote.Seen) {})
			if err != nil || len(stopped) != 1 || last.Deliveries[0].State != store.DeliveryQueued || last.Deliveries[0].Attempts != 4 {
				t.Errorf("%+v, stopped %v, %v", last.Deliveries, stopped, err)
			}
		}
	})
}
