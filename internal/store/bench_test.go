package store_test

import (
	"context"
	"fmt"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"speckle-runner/internal/store"
	"speckle-runner/internal/store/storetest"
)

func benchEach(b *testing.B, bench func(b *testing.B, dsn string)) {
	b.Run("sqlite", func(b *testing.B) { bench(b, storetest.SQLite(b)) })
	b.Run("postgres", func(b *testing.B) { bench(b, storetest.Postgres(b)) })
}

// BenchmarkDue measures how long many ticks that are due at once take through
// a handler that does nothing: enqueue, fetch, run, end.
func BenchmarkDue(b *testing.B) {
	for _, n := range []int{1000, 10000} {
		for _, parallel := range []int{8, 64} {
			b.Run(fmt.Sprintf("%d/parallel=%d", n, parallel), func(b *testing.B) {
				benchEach(b, func(b *testing.B, dsn string) {
					s := open(b, dsn)
					done := make(chan struct{}, n)
					var handled atomic.Int64
					ctx, cancel := context.WithCancel(b.Context())
					stopped := make(chan error, 1)
					go func() {
						stopped <- s.Work(ctx, store.WorkOptions{Parallel: parallel, Drain: time.Second,
							Handler: func(context.Context, store.Claim) store.Outcome {
								handled.Add(1)
								return store.Outcome{State: store.Succeeded}
							},
							Observe: func(store.Event) { done <- struct{}{} },
						})
					}()
					round := 0
					var enqueueing time.Duration
					for b.Loop() {
						dues := make([]store.Due, n)
						for i := range dues {
							dues[i] = due(fmt.Sprintf("job-%05d", i), tick.Add(time.Duration(round)*time.Hour))
						}
						began := time.Now()
						if _, err := s.Enqueue(b.Context(), dues); err != nil {
							b.Fatal(err)
						}
						enqueueing += time.Since(began)
						for range n {
							<-done
						}
						round++
					}
					b.ReportMetric(enqueueing.Seconds()/float64(round), "s-enqueue")
					b.ReportMetric(b.Elapsed().Seconds()/float64(round), "s/round")
					cancel()
					if err := <-stopped; err != nil {
						b.Error(err)
					}
				})
			})
		}
	}
}

// BenchmarkLatency measures one tick at a time, from Enqueue to the handler.
func BenchmarkLatency(b *testing.B) {
	benchEach(b, func(b *testing.B, dsn string) {
		s := open(b, dsn)
		handled := make(chan time.Time, 1)
		ended := make(chan struct{}, 1)
		ctx, cancel := context.WithCancel(b.Context())
		defer cancel()
		stopped := make(chan error, 1)
		go func() {
			stopped <- s.Work(ctx, store.WorkOptions{
				Handler: func(context.Context, store.Claim) store.Outcome {
					handled <- time.Now()
					return store.Outcome{State: store.Succeeded}
				},
				Observe: func(store.Event) { ended <- struct{}{} },
			})
		}()
		var took []time.Duration
		for i := 0; b.Loop(); i++ {
			began := time.Now()
			if _, err := s.Enqueue(b.Context(), []store.Due{due(fmt.Sprintf("job-%05d", i), tick)}); err != nil {
				b.Fatal(err)
			}
			took = append(took, (<-handled).Sub(began))
			<-ended
		}
		slices.Sort(took)
		b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "p50-ms")
		b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1000, "p99-ms")
		cancel()
		<-stopped
	})
}

// BenchmarkNodes measures runs that wait (for a server) on one and on two nodes.
func BenchmarkNodes(b *testing.B) {
	for _, nodes := range []int{1, 2} {
		b.Run(fmt.Sprint(nodes), func(b *testing.B) {
			dsn := storetest.Postgres(b)
			done := make(chan struct{}, 1000)
			ctx, cancel := context.WithCancel(b.Context())
			stopped := make(chan error, nodes)
			var s *store.Store
			for range nodes {
				node := open(b, dsn)
				s = node
				go func() {
					stopped <- node.Work(ctx, store.WorkOptions{
						Handler: func(context.Context, store.Claim) store.Outcome {
							<-time.After(50 * time.Millisecond)
							return store.Outcome{State: store.Succeeded}
						},
						Observe: func(store.Event) { done <- struct{}{} },
					})
				}()
			}
			for i := 0; b.Loop(); i++ {
				dues := make([]store.Due, 400)
				for j := range dues {
					dues[j] = due(fmt.Sprintf("job-%05d", j), at(i))
				}
				if _, err := s.Enqueue(b.Context(), dues); err != nil {
					b.Fatal(err)
				}
				for range dues {
					<-done
				}
			}
			cancel()
			for range nodes {
				<-stopped
			}
		})
	}
}

// BenchmarkOneShot measures what a `runner run` pays for its ledger.
func BenchmarkOneShot(b *testing.B) {
	benchEach(b, func(b *testing.B, dsn string) {
		_ = open(b, dsn).Close() // the tables are there
		for b.Loop() {
			s := open(b, dsn)
			c, _, err := s.Begin(b.Context(), store.Begin{Job: "job"})
			if err != nil {
				b.Fatal(err)
			}
			if err := s.Finish(b.Context(), c, store.Outcome{State: store.Succeeded, Log: "log"}); err != nil {
				b.Fatal(err)
			}
			_ = s.Close()
		}
	})
}

// BenchmarkOwed measures the runs of a job that owes many ticks, and how late
// the ticks of another job begin meanwhile.
func BenchmarkOwed(b *testing.B) {
	const measured = 100
	for _, n := range []int{100, 10000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			benchEach(b, func(b *testing.B, dsn string) {
				s := open(b, dsn)
				began := make(chan string, 2*n)
				ctx, cancel := context.WithCancel(b.Context())
				stopped := make(chan error, 1)
				go func() {
					stopped <- s.Work(ctx, store.WorkOptions{Handler: func(_ context.Context, c store.Claim) store.Outcome {
						began <- c.Job
						return store.Outcome{State: store.Succeeded}
					}})
				}()
				dues := make([]store.Due, n)
				for i := range dues {
					dues[i] = store.Due{Job: "owing", Tick: at(i), Trigger: store.CatchUp}
				}
				var took, late time.Duration
				for b.Loop() {
					start := time.Now()
					if _, err := s.Enqueue(b.Context(), dues); err != nil {
						b.Fatal(err)
					}
					b.ReportMetric(time.Since(start).Seconds(), "s-enqueue")
					start = time.Now()
					var sent time.Time
					for i, ticks := 0, 0; i < measured; {
						if sent.IsZero() {
							sent = time.Now()
							if _, err := s.Enqueue(b.Context(), []store.Due{due("punctual", at(ticks))}); err != nil {
								b.Fatal(err)
							}
							ticks++
						}
						if job := <-began; job == "owing" {
							i++
						} else {
							late, sent = max(late, time.Since(sent)), time.Time{}
						}
					}
					took = time.Since(start)
				}
				b.ReportMetric(took.Seconds()*1000/measured, "ms/run")
				b.ReportMetric(late.Seconds(), "s-late-at-most")
				cancel()
				<-stopped
			})
		})
	}
}
