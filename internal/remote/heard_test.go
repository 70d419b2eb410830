package remote_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptrace"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"speckle-runner/internal/remote"
)

// TestWhoGivesUpHearsOfAChange: a run that was begun is known by its id, also where the
// command was interrupted before the answer was there.
func TestWhoGivesUpHearsOfAChange(t *testing.T) {
	t.Parallel()
	ctx, interrupt := context.WithCancel(t.Context())
	c, _ := client(t, func(w http.ResponseWriter, r *http.Request) {
		interrupt()
		answers(202, "application/json", `{"run":"`+runID+`"}`)(w, r)
	})
	if id, err := c.Start(ctx, "nightly"); id != runID || err != nil {
		t.Errorf("%q, %v", id, err)
	}
	if id, err := c.Start(ctx, "nightly"); id != "" || err != context.Canceled { //nolint:errorlint // nothing else was said
		t.Errorf("a second one: %q, %v", id, err)
	}
}

// hanging answers nothing until its request is given up. It says that it was sent, or not.
func hanging(sent bool, asked func()) roundTrip {
	return func(r *http.Request) (*http.Response, error) {
		if sent {
			httptrace.ContextClientTrace(r.Context()).WroteHeaders()
		}
		asked()
		<-r.Context().Done()
		return nil, r.Context().Err()
	}
}

func TestAChangeThatIsNotAnswered(t *testing.T) {
	t.Parallel()
	for _, sent := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			ctx, interrupt := context.WithCancel(t.Context())
			began := time.Now()
			_, err := clientOf(t, "https://host", hanging(sent, interrupt)).Start(ctx, "nightly")
			waited := time.Since(began)
			if !errors.Is(err, context.Canceled) {
				t.Errorf("sent %t: %v", sent, err)
			}
			_, told := errors.AsType[*remote.Error](err)
			if told != sent || sent != strings.Contains(err.Error(), "interrupted before it was answered; it may have been done all the same") ||
				waited != map[bool]time.Duration{true: 5 * time.Second}[sent] {
				t.Errorf("sent %t: %v, after %s", sent, err, waited)
			}
		})
	}
}
