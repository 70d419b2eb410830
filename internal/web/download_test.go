package web_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
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

// TestPagesDontTellWhereFoldersLie: what is wrong with a file is told, and not by which
// folders of the server's disk it was looked for.
func TestPagesDontTellWhereFoldersLie(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "exports")
	s := serve(t, func(o *web.Options) { o.OutputDir = dir })
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	s.wrote(dir, tick.AddDate(0, 0, -1), holding("0.csv", "{date}.csv", "id\n1\n"))
	run := s.wrote(dir, tick, holding("1.csv", "{date}.csv", "id\n2\n"))
	tell := func(want string) {
		t.Helper()
		for path, status := range map[string]int{
			"/runs/" + run + "/files/1": http.StatusOK, "/runs/" + run + "/files/1/download": http.StatusNotFound,
			"/runs/" + run + "/changes?file=1": http.StatusOK} {
			a := s.ask("GET", path, browser)
			if a.status != status || strings.Contains(a.body, dir) || !strings.Contains(a.body, want) {
				t.Errorf("%s: %d, want %d and %q: %s", path, a.status, status, want, a.body)
			}
		}
	}
	replace := func(path string, by func(string) error) {
		t.Helper()
		if err := errors.Join(os.RemoveAll(path), by(path)); err != nil {
			t.Fatal(err)
		}
	}
	replace(filepath.Join(dir, "1.csv"), func(at string) error { return os.Mkdir(at, 0o700) })
	tell("t a regular file")
	replace(dir, func(at string) error { return os.WriteFile(at, nil, 0o600) })
	tell("the output folder: ")
}
