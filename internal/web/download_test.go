package web_test

import (
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"speckle-runner/internal/store"
	"speckle-runner/internal/web"
)

// slowLine is a connection that takes a while for each write, and ends as net/http's
// do once its deadline is over.
type slowLine struct {
	*httptest.ResponseRecorder

	takes time.Duration
	until time.Time
}

func (l *slowLine) SetWriteDeadline(at time.Time) error {
	l.until = at
	return nil
}

func (l *slowLine) Write(p []byte) (int, error) {
	time.Sleep(l.takes)
	if time.Now().After(l.until) {
		return 0, os.ErrDeadlineExceeded
	}
	return l.ResponseRecorder.Write(p)
}

// TestALargeFileOnASlowLine: a download goes on for as long as somebody takes it, and no
// longer; each other answer is done within a minute.
func TestALargeFileOnASlowLine(t *testing.T) {
	t.Parallel()
	const size = 1 << 20
	for _, c := range []struct {
		name  string
		takes time.Duration
		whole bool
	}{{"slow", 20 * time.Second, true}, {"stalled", 90 * time.Second, false}} {
		synctest.Test(t, func(t *testing.T) {
			dir := t.TempDir()
			if err := os.WriteFile(filepath.Join(dir, "nightly.json"), make([]byte, size), 0o600); err != nil {
				t.Fatal(err)
			}
			s := backstage(t, func(o *web.Options) { o.OutputDir = dir })
			run := s.ran("nightly", tick, store.Outcome{State: store.Succeeded, Files: []store.File{{Path: "nightly.json"}}})
			line := &slowLine{httptest.NewRecorder(), c.takes, time.Now().Add(time.Minute)}
			r := httptest.NewRequestWithContext(t.Context(), "GET", "http://localhost/runs/"+run+"/files/1/download", nil)
			web.New(s.web).ServeHTTP(line, r)
			if got := line.Body.Len(); (got == size) != c.whole {
				t.Errorf("%s: %d of %d bytes", c.name, got, size)
			}
			s.close()
		})
	}
}
