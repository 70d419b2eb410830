//go:build unix

package main

import (
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"speckle-runner/internal/speckle/fake"
	"speckle-runner/internal/store"
	"speckle-runner/internal/store/storetest"
)

// eachItems are the items of TestKilledForEachGoesOn; eachAtOnce of them are
// read at the same time.
const eachItems, eachAtOnce = 30, 2

// TestKilledForEachGoesOn kills runner run in the middle of a for_each, as a
// power cut does, and runs the same tick again: the items that were finished
// aren't asked for again, and the export is whole.
func TestKilledForEachGoesOn(t *testing.T) {
	t.Parallel()
	s := newStorm(t, "")
	s.writeEach(t)
	tick := time.Date(2026, 3, 2, 2, 30, 0, 0, time.UTC)
	s.slow(30 * time.Millisecond)
	s.server.Forget()
	killed := s.command("run", "each", "--tick", tick.Format(time.RFC3339))
	if err := killed.Start(); err != nil {
		t.Fatal(err)
	}
	storetest.Until(t, "some items are read", patient, func() bool { return len(s.askedItems()) >= 12 })
	_ = killed.Process.Kill()
	_ = killed.Wait()
	before := s.askedItems()
	finished := len(before) - eachAtOnce
	if finished >= eachItems-eachAtOnce {
		t.Fatalf("%d items were asked for: it was killed too late", len(before))
	}
	s.server.Forget()
	out, err := s.command("run", "each", "--tick", tick.Format(time.RFC3339), "--force").CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	s.checkEach(t, before, s.askedItems(), tick)
	if !strings.Contains(string(out), "attempt 2") {
		t.Errorf("%s", out)
	}
}

// TestKilledServeGoesOn is the same for serve: the run goes on by itself.
func TestKilledServeGoesOn(t *testing.T) {
	t.Parallel()
	s := newStorm(t, "")
	s.slow(30 * time.Millisecond)
	s.writeEach(t)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	listener.Close()
	n := s.serve(t, "--listen", address)
	answer, err := http.Post("http://"+address+"/api/v1/jobs/each/run", "application/json", nil)
	if err != nil || answer.StatusCode/100 != 2 {
		t.Fatal(answer, err)
	}
	answer.Body.Close()
	storetest.Until(t, "some items are read", patient, func() bool { return len(s.askedItems()) >= 12 })
	n.kill()
	run := s.runs(t, store.Filter{Job: "each", States: []store.State{store.Running}})
	if len(run) != 1 {
		t.Fatalf("%d runs were in flight", len(run))
	}
	before := s.askedItems()
	s.server.Forget()
	n = s.serve(t)
	s.quiet(t)
	n.stop(t)
	after := s.askedItems()
	if ended, attempts := s.run(t, run[0].Run); ended.State != store.Succeeded || ended.Attempt != 2 || ended.Records != eachItems {
		t.Fatalf("%+v %+v", ended, attempts)
	}
	s.checkEach(t, before, after, run[0].Tick)
}

// writeEach puts a job file with one for_each over numbers.
func (s *storm) writeEach(t *testing.T) {
	t.Helper()
	text := fmt.Sprintf(`server: %s
defaults: { token_env: STORM_TOKEN, timeout: 5m, retries: 0 }
jobs:
  each:
    schedule: manual
    for_each:
      query: "query Items { serverInfo { version } }"
      select: 'range(1; %d) | {id: %q, n: .}'
      concurrency: %d
      batch: 1
    query: "query One($id: String!, $n: Int!) { project(id: $id) { id models(limit: $n) { items { id } } } }"
    select: "{n: $each.n, models: (.project.models.items | length)}"
    outputs: [{ file: "{tick}.ndjson" }]
`, s.server.URL, eachItems+1, fake.TowerID, eachAtOnce)
	if err := os.WriteFile(filepath.Join(s.dir, "jobs.yaml"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// askedItems gives the items that the server was asked for, in order.
func (s *storm) askedItems() []string {
	var items []string
	for _, seen := range s.server.Requests() {
		if seen.Operation == "One" {
			items = append(items, fmt.Sprint(seen.Variables["n"]))
		}
	}
	return items
}

// checkEach compares what was asked for before a kill and after it: twice are
// at most the items that were in flight.
func (s *storm) checkEach(t *testing.T, before, after []string, tick time.Time) {
	t.Helper()
	twice := 0
	for _, item := range after {
		if slices.Contains(before, item) {
			twice++
		}
	}
	if len(after) == 0 || len(after) >= eachItems || twice > eachAtOnce || len(before)+len(after)-twice != eachItems {
		t.Errorf("asked for %v, and after the kill for %v", before, after)
	}
	var want strings.Builder
	for n := 1; n <= eachItems; n++ {
		fmt.Fprintf(&want, "{\"n\":%d,\"models\":%d}\n", n, n)
	}
	layout := "20060102T150405Z"
	if tick.Nanosecond() != 0 { // asked for by hand
		layout = "20060102T150405.000000Z"
	}
	name := tick.UTC().Format(layout) + ".ndjson"
	if got, err := os.ReadFile(filepath.Join(s.dir, "out", name)); err != nil || string(got) != want.String() {
		t.Errorf("%v: %s", err, got)
	}
	if left, _ := filepath.Glob(filepath.Join(s.dir, "out", ".runner", "parts", "*")); len(left) > 0 {
		t.Errorf("left lying about: %v", left)
	}
}
