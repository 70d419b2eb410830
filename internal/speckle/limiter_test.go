package speckle_test

import (
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"speckle-runner/internal/secret"
	"speckle-runner/internal/speckle"
	"speckle-runner/internal/speckle/endpoint"
	"speckle-runner/internal/speckle/query"
)

// crowd sends n requests at once through clients of one token and gives when
// each arrived, in seconds.
func crowd(t *testing.T, limiters *speckle.Limiters, tokenText string, n int, answer http.HandlerFunc) []float64 {
	t.Helper()
	s, err := endpoint.Parse("https://speckle.test", false)
	if err != nil {
		t.Fatal(err)
	}
	q, _ := query.Parse("{ a }")
	start := time.Now()
	var mu sync.Mutex
	var times []float64
	base := directly(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		times = append(times, time.Since(start).Seconds())
		answer(w, r)
	})
	var all sync.WaitGroup
	for range n {
		all.Go(func() {
			client := speckle.NewClient(speckle.Options{Server: s, Token: secret.New(tokenText), Limiters: limiters, Base: base})
			defer client.Close()
			if _, err := client.Ask(t.Context(), q, nil); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	return times
}

func remaining(text string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Ratelimit-Remaining", text)
		saying(`{"data":{"a":1}}`)(w, r)
	}
}

// within counts the times in [from, to).
func within(times []float64, from, to float64) int {
	n := 0
	for _, at := range times {
		if at >= from && at < to {
			n++
		}
	}
	return n
}

func TestOneTokenHasOneRate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		times := crowd(t, speckle.NewLimiters(), token, 225, remaining("30"))
		if n := within(times, 0, 0.001); n > 26 {
			t.Errorf("%d at once", n)
		}
		for second := range 3 {
			if n := within(times, float64(second)+0.001, float64(second)+1.001); n > 51 {
				t.Errorf("%d in second %d", n, second)
			}
		}
		if last := times[len(times)-1]; last > 4.1 {
			t.Errorf("225 requests took %.1f s", last)
		}
	})
}

func TestTokensHaveRatesOfTheirOwn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		limiters := speckle.NewLimiters()
		crowd(t, limiters, token, 25, remaining("30"))
		if times := crowd(t, limiters, strings.Repeat("ef", 21), 20, remaining("30")); within(times, 0, 0.001) != 20 {
			t.Errorf("another token waited: %v", times)
		}
		if times := crowd(t, limiters, token, 20, remaining("30")); within(times, 0, 0.001) > 2 {
			t.Errorf("the same token didn't: %v", times)
		}
	})
}

func TestARefusalSlowsDown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		limiters := speckle.NewLimiters()
		first := true
		refuse := func(w http.ResponseWriter, r *http.Request) {
			if first {
				first = false
				w.Header().Set("Retry-After", "2.5")
				w.WriteHeader(429)
				return
			}
			remaining("30")(w, r)
		}
		if times := crowd(t, limiters, token, 1, refuse); len(times) != 2 || times[1] < 2.5 || times[1] > 2.6 {
			t.Errorf("%v", times)
		}
		times := crowd(t, limiters, token, 100, remaining("30"))
		if n := within(times, 0.001, 1.001); n > 33 { // 25 a second, a quarter more after the first
			t.Errorf("%d in the second behind", n)
		}
		time.Sleep(20 * time.Second)
		crowd(t, limiters, token, 1, remaining("30"))
		for range 5 { // each quiet second raises it
			time.Sleep(time.Second)
			crowd(t, limiters, token, 1, remaining("30"))
		}
		time.Sleep(time.Second)
		if times := crowd(t, limiters, token, 125, remaining("30")); times[len(times)-1] > 2.2 {
			t.Errorf("it doesn't recover: %.1f s", times[len(times)-1])
		}
	})
}

func TestNobodySendsDuringARefusal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		var early []float64
		refused := false
		crowd(t, speckle.NewLimiters(), token, 60, func(w http.ResponseWriter, r *http.Request) {
			at := time.Since(start).Seconds()
			if refused && at > 0 && at < 3 {
				early = append(early, at)
			}
			if at < 3 {
				refused = true
				w.Header().Set("Retry-After", "3")
				w.WriteHeader(429)
				return
			}
			remaining("30")(w, r)
		})
		if len(early) > 0 {
			t.Errorf("sent at %v", early)
		}
	})
}

func TestALowRemainderHoldsBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		limiters := speckle.NewLimiters()
		for range 20 { // 0.8 a second, down to 10
			crowd(t, limiters, token, 1, remaining("0"))
			time.Sleep(1100 * time.Millisecond)
		}
		times := crowd(t, limiters, token, 60, remaining("0"))
		if last := times[len(times)-1]; last < 2 || last > 4 {
			t.Errorf("60 requests took %.1f s", last)
		}
	})
}

func TestAServerWithoutLimitIsNotHeldBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		limiters := speckle.NewLimiters()
		free := saying(`{"data":{"a":1}}`)
		start := time.Now()
		for range 600 { // one after the other, as pages are
			crowd(t, limiters, token, 1, free)
		}
		if took := time.Since(start); took > 2*time.Second {
			t.Errorf("600 pages took %s", took)
		}
	})
}
