package fake_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"speckle-runner/internal/speckle/fake"
)

const twoAtOnce = `[{"query":"query A { serverInfo { name } }"},{"query":"query B($id: String!) { project(id: $id) { id } }","variables":{"id":"` + fake.TowerID + `"}}]`

// TestABatchIsOneRequest with a line of the log for each entry.
func TestABatchIsOneRequest(t *testing.T) {
	s := start(t, fake.Options{Tokens: []fake.Token{all()}})
	post(t, s, "/graphql", all().Token, []byte(twoAtOnce))
	post(t, s, "/graphql", all().Token, []byte(`{"query":"query C { serverInfo { name } }"}`))
	seen := s.Requests()
	if s.Count() != 2 || len(seen) != 3 {
		t.Fatalf("%d requests, %+v", s.Count(), seen)
	}
	for i, want := range []struct {
		operation string
		batch     int
	}{{"A", 2}, {"B", 2}, {"C", 0}} {
		if seen[i].Operation != want.operation || seen[i].Batch != want.batch || seen[i].Token != all().ID() {
			t.Errorf("line %d: %+v", i, seen[i])
		}
	}
	if seen[1].Variables["id"] != fake.TowerID {
		t.Errorf("%+v", seen[1])
	}
}

func TestBatchesCanBeSwitchedOff(t *testing.T) {
	s := start(t, fake.Options{Tokens: []fake.Token{all()}})
	s.TakeBatches(false)
	if g := post(t, s, "/graphql", all().Token, []byte(twoAtOnce)); g.status != http.StatusBadRequest ||
		!strings.HasPrefix(string(g.body), `{"errors":`) {
		t.Errorf("%d %s", g.status, g.body)
	}
	s.TakeBatches(true)
	if g := post(t, s, "/graphql", all().Token, []byte(twoAtOnce)); g.status != http.StatusOK ||
		!strings.HasPrefix(string(g.body), `[{"data":`) {
		t.Errorf("%d %s", g.status, g.body)
	}
}

// TestATokenIsCheckedOnceARequest, whatever the request asks for.
func TestATokenIsCheckedOnceARequest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := fake.New(fake.Options{Now: noon, Tokens: []fake.Token{all()}, TokenCheck: 150 * time.Millisecond})
		defer s.Close()
		for token, want := range map[string]time.Duration{all().Token: 150 * time.Millisecond, "": 0} {
			request := httptest.NewRequest(http.MethodPost, "/graphql", strings.NewReader(twoAtOnce))
			request.Header.Set("Content-Type", "application/json")
			if token != "" {
				request.Header.Set("Authorization", "Bearer "+token)
			}
			began, answer := time.Now(), httptest.NewRecorder()
			s.ServeHTTP(answer, request)
			if took := time.Since(began); took != want || answer.Code != http.StatusOK {
				t.Errorf("%s, status %d", took, answer.Code)
			}
		}
	})
}
