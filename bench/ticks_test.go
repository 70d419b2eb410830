package main

import (
	"context"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"speckle-runner/internal/jobs"
)

// quiet is a lab that has a folder and a server, and starts nothing.
func quiet(t *testing.T) (*lab, *server) {
	t.Helper()
	url, stop, err := startConstant(0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = stop() })
	return &lab{ctx: t.Context(), scratch: t.TempDir()}, &server{url: url}
}

func ask(ctx context.Context, t *testing.T, url, token string) string {
	t.Helper()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, url+"/graphql", strings.NewReader("{}"))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+token)
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestArrivalsAreTheFirstOfEachToken(t *testing.T) {
	l, s := quiet(t)
	begun := time.Now()
	for _, token := range []string{"0000000001ffff", "0000000002ffff", "0000000001ffff"} {
		if got := ask(t.Context(), t, s.url, token); got != `{"data":{"serverInfo":{"version":"1"}}}` {
			t.Errorf("answer %s", got)
		}
	}
	e := &estate{lab: l, server: s}
	first, err := e.arrivals(begun)
	if err != nil || len(first) != 2 || !first["0000000001"].Before(first["0000000002"]) {
		t.Errorf("%v (%v), want the first of two tokens, in turn", first, err)
	}
	if later, err := e.arrivals(time.Now()); err != nil || len(later) != 0 {
		t.Errorf("%v (%v), want none from now on", later, err)
	}
}

func TestAnEstateIsAValidJobFile(t *testing.T) {
	l, s := quiet(t)
	e, err := l.estate(s, 10_000, "0 3 1 1 *")
	if err != nil {
		t.Fatal(err)
	}
	file, problems := jobs.LoadFile(filepath.Join(e.dir, "jobs.yaml"))
	if bad := problems.Errors(); len(bad) > 0 || len(file.Jobs) != 10_000 {
		t.Errorf("%v, want 10,000 jobs", bad)
	}
	if got := e.env[len(e.env)-1]; got != "T09999=000000270f"+strings.Repeat("0", 28)+"270f" {
		t.Errorf("the last token is %s", got)
	}
	e.remove()
	if _, err := os.Stat(e.dir); !os.IsNotExist(err) {
		t.Errorf("its folder is still there: %v", err)
	}
}

func TestTheNewestTickOfARequest(t *testing.T) {
	tick := func(s int) time.Time { return time.Date(2026, 1, 1, 0, 0, s, 0, time.UTC) }
	runs := []ledgerRun{{Tick: tick(3)}, {Tick: tick(1)}, {Tick: tick(2)}}
	for _, c := range []struct{ at, want time.Time }{
		{tick(2).Add(10 * time.Millisecond), tick(2)},
		{tick(3), tick(3)},
		{tick(0).Add(700 * time.Millisecond), tick(0)}, // the ledger has none so early
	} {
		if got := newestTick(runs, c.at); !got.Equal(c.want) {
			t.Errorf("of %s: %s, want %s", c.at, got, c.want)
		}
	}
}
