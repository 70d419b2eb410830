package speckle_test

import (
	"fmt"
	"net/http"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"speckle-runner/internal/secret"
	"speckle-runner/internal/speckle"
	"speckle-runner/internal/speckle/endpoint"
	"speckle-runner/internal/speckle/query"
)

// TestTold: each try is told with what was wrong with it, also errors beside data, and
// how long a request waits because the server wants it to.
func TestTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := 0
		base := directly(func(w http.ResponseWriter, r *http.Request) {
			switch n++; n {
			case 1:
				w.Header().Set("Retry-After", "20")
				w.WriteHeader(http.StatusTooManyRequests)
			case 2:
				w.WriteHeader(http.StatusBadGateway)
			case 3:
				saying(`{"data":{"a":null},"errors":[{"message":"boom","extensions":{"code":"INTERNAL_SERVER_ERROR"}}]}`)(w, r)
			default:
				saying(`{"data":{"a":1}}`)(w, r)
			}
		})
		server, err := endpoint.Parse("https://speckle.test", false)
		if err != nil {
			t.Fatal(err)
		}
		var told []string
		var waited time.Duration
		client := speckle.NewClient(speckle.Options{Server: server, Token: secret.New(token), Base: base, Observer: speckle.Observer{
			Sent: func(kind speckle.Kind) { told = append(told, "sent "+string(kind)) },
			Again: func(kind speckle.Kind, pause time.Duration) {
				told = append(told, fmt.Sprint("again ", kind))
				if kind == speckle.RateLimited && pause != 20*time.Second {
					t.Errorf("a pause of %s where the server said 20 s", pause)
				}
			},
			Waited: func(d time.Duration) { waited += d },
		}})
		defer client.Close()
		q, _ := query.Parse("{ a }")
		if _, err := client.Ask(t.Context(), q, nil); err != nil {
			t.Fatal(err)
		}
		want := []string{
			"sent rate limited", "again rate limited", "sent server fault", "again server fault", "sent server fault", "again server fault", "sent ",
		}
		if !slices.Equal(told, want) {
			t.Errorf("told %q, want %q", told, want)
		}
		if waited != 0 {
			t.Errorf("four requests waited %s for a limit that none of them met", waited)
		}
	})
}

// TestToldOfTheLimit: who has to wait for its turn is told how long that was.
func TestToldOfTheLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server, err := endpoint.Parse("https://speckle.test", false)
		if err != nil {
			t.Fatal(err)
		}
		var waited time.Duration
		client := speckle.NewClient(speckle.Options{
			Server: server, Token: secret.New(token), Base: directly(remaining("40")),
			Observer: speckle.Observer{Waited: func(d time.Duration) { waited += d }},
		})
		defer client.Close()
		q, _ := query.Parse("{ a }")
		start := time.Now()
		for range 200 {
			if _, err := client.Ask(t.Context(), q, nil); err != nil {
				t.Fatal(err)
			}
		}
		if waited == 0 || waited != time.Since(start) {
			t.Errorf("waited %s of %s, in which nothing else takes time", waited, time.Since(start))
		}
	})
}
