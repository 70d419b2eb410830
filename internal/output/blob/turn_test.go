package blob_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"speckle-runner/internal/output/blob"
	"speckle-runner/internal/output/target"
)

// publishAs is publish for a run of its own; it gives what was left out.
func (r *room) publishAs(by target.Author, lease *target.Lease, files ...file) ([]target.Left, error) {
	r.t.Helper()
	p := blob.Begin(r.dir, by, nil)
	defer r.clean()
	defer p.Abort()
	for _, f := range files {
		s, err := p.Create(r.t.Context(), r.Address(f.key), f.options)
		if err != nil {
			return nil, err
		}
		if _, err := io.WriteString(s, f.text); err != nil {
			return nil, err
		}
		if err := s.Close(); err != nil {
			return nil, err
		}
	}
	_, err := p.Commit(r.t.Context(), lease)
	return p.Left(), err
}

func at(day, attempt int) target.Author {
	t := tick.AddDate(0, 0, day)
	return target.Author{Job: "job", Run: "job-" + t.Format(time.DateOnly), Tick: t, Attempt: attempt}
}

// TestTheNewestTickStays: latest, and a key that ticks share, hold the newest
// tick's export whatever order the ticks run in.
func TestTheNewestTickStays(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		dated := func(key string) file {
			return file{key, key, options("csv", target.CreateOptions{Overwrite: true, Latest: r.Address("latest.csv")})}
		}
		shared := func(text string) file {
			return file{"shared.csv", text, options("csv", target.CreateOptions{Overwrite: true, Shared: true})}
		}
		if left, err := r.publishAs(at(2, 1), nil, dated("2.csv"), shared("two")); len(left) > 0 || err != nil {
			t.Fatalf("%v, %v", left, err)
		}
		left, err := r.publishAs(at(1, 1), nil, dated("1.csv"), shared("one"))
		if err != nil || len(left) != 2 || !left[1].Latest && !left[0].Latest || left[0].By != at(2, 1).Run {
			t.Errorf("%+v, %v", left, err)
		}
		r.holds(map[string]string{"1.csv": "1.csv", "2.csv": "2.csv", "latest.csv": "2.csv", "shared.csv": "two"})
		if left, err := r.publishAs(at(3, 1), nil, dated("3.csv"), shared("three")); len(left) > 0 || err != nil {
			t.Errorf("%v, %v", left, err)
		}
		r.holds(map[string]string{"1.csv": "1.csv", "2.csv": "2.csv", "3.csv": "3.csv", "latest.csv": "3.csv", "shared.csv": "three"})
	})
}

// TestResumedPutsOnlyItsOwn: where nothing may be replaced, a run that was cut
// off may put again what it has put, and nothing else.
func TestResumedPutsOnlyItsOwn(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		once := file{"a.csv", "first", options("csv", target.CreateOptions{})}
		if _, err := r.publishAs(at(1, 1), nil, once); err != nil {
			t.Fatal(err)
		}
		again := file{"a.csv", "second", options("csv", target.CreateOptions{Resumed: true})}
		if _, err := r.publishAs(at(2, 2), nil, again); !errors.Is(err, target.ErrExists) {
			t.Errorf("another run's: %v", err)
		}
		if _, err := r.publishAs(at(1, 2), nil, again); err != nil {
			t.Errorf("its own: %v", err)
		}
		r.Put("a.csv", "somebody's")
		if _, err := r.publishAs(at(1, 3), nil, again); !errors.Is(err, target.ErrExists) {
			t.Errorf("somebody's: %v", err)
		}
		r.holds(map[string]string{"a.csv": "somebody's"})
	})
}

// TestTheLeaseIsLookedAtBeforeEachPut: a run that was taken away meanwhile puts no
// more, and takes back what it has put.
func TestTheLeaseIsLookedAtBeforeEachPut(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		r.Put("a.csv", "old")
		gone := errors.New("the run is another's")
		const lasts = 500 * time.Millisecond
		var waited atomic.Bool
		r.Fault(func(_ http.ResponseWriter, req *http.Request) bool {
			if r.Sends(req) && !waited.Swap(true) {
				<-time.After(lasts) // the lease runs out while something is sent
			}
			return false
		})
		asked := 0
		lease := target.NewLease(func(context.Context) (time.Time, error) {
			if asked++; asked > 1 {
				return time.Time{}, gone
			}
			return time.Now().Add(lasts), nil
		})
		_, err := r.publishAs(at(1, 1), lease, file{"a.csv", "new", replace}, file{"b.csv", "new", replace})
		if !errors.Is(err, gone) || !strings.Contains(err.Error(), "(nothing was published)") {
			t.Errorf("%v", err)
		}
		r.holds(map[string]string{"a.csv": "old"})
	})
}
