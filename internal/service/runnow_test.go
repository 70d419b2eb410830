package service_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"speckle-runner/internal/jobs"
	"speckle-runner/internal/run"
	"speckle-runner/internal/secret"
	"speckle-runner/internal/service"
	"speckle-runner/internal/speckle/fake"
	"speckle-runner/internal/store"
)

// watch writes down what an observer is shown.
type watch struct{ shown []string }

func (w *watch) Begun(label string) service.RunObserver {
	w.shown = append(w.shown, "begun "+label)
	return w
}
func (w *watch) Progress(run.Progress)                     {}
func (w *watch) Doing(what string)                         { w.shown = append(w.shown, what) }
func (w *watch) Waiting(failed, _ string, _ time.Duration) { w.shown = append(w.shown, failed) }
func (w *watch) Done()                                     { w.shown = append(w.shown, "done") }
func (w *watch) saw(t *testing.T, want ...string) {
	t.Helper()
	if got := strings.Join(w.shown, "; "); got != strings.Join(want, "; ") {
		t.Errorf("the observer saw %q, want %q", got, want)
	}
}

// open makes a service with a ledger, a server, and one job of these keys.
func open(t *testing.T, keys string, dry bool) (x *service.Service, job *jobs.Job, ledger *store.Store, shown *watch, dir string) {
	t.Helper()
	shown = &watch{}
	o := options(t, keys)
	o.Observer, o.DryRun = shown, dry
	return begun(t, o), o.File.Job("one"), o.Ledger, shown, o.OutputDir
}

// begun makes a service that is closed at the end.
func begun(t *testing.T, o service.Options) *service.Service {
	t.Helper()
	x, err := service.New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(x.Close)
	return x
}

// options are those of a service with a ledger, a server, and one job of these keys.
func options(t *testing.T, keys string) service.Options {
	t.Helper()
	token := fake.NewToken("service", fake.AllScopes...)
	t.Setenv("SERVICE_TOKEN", token.Token)
	server, err := fake.Start(fake.Options{Tokens: []fake.Token{token}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { server.Close() })
	text := "server: " + server.URL + "\njobs:\n  one:\n    schedule: manual\n    token_env: SERVICE_TOKEN\n" + keys
	file, problems := jobs.Load("jobs.yaml", []byte(text), os.ReadFile)
	if file == nil {
		t.Fatal(problems)
	}
	ledger, err := store.Open(t.Context(), "sqlite:"+filepath.Join(t.TempDir(), "ledger.db"), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ledger.Close() })
	return service.Options{
		File: file, OutputDir: t.TempDir(), Ledger: ledger, Version: "test",
		Logs: service.Logs{Redactor: &secret.Redactor{}, Logger: func(*secret.Redactor, io.Writer) zerolog.Logger { return zerolog.Nop() }},
	}
}

const version = "    query: \"{ serverInfo { version } }\"\n    outputs:\n      - file: one.json\n"

// TestRunNow: a run by hand publishes, delivers what it owes, and stands in the ledger.
func TestRunNow(t *testing.T) {
	var got string
	hook := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got = r.Header.Get("Webhook-Id") }))
	defer hook.Close()
	x, job, ledger, shown, dir := open(t, version+"      - webhook: "+hook.URL+"\n", false)
	end := x.RunNow(t.Context(), service.Order{Job: job, DeliverFor: time.Minute})
	if end.Record.State != store.Succeeded || end.Attempts != 1 || len(end.Delivered.Failed) != 0 {
		t.Fatalf("%+v", end)
	}
	if _, err := os.Stat(filepath.Join(dir, "one.json")); err != nil {
		t.Error(err)
	}
	kept, err := ledger.Run(t.Context(), end.Record.Run)
	if err != nil || kept.State != store.Succeeded || len(kept.Deliveries) != 1 || kept.Deliveries[0].ID != got ||
		kept.Deliveries[0].State != store.DeliveryDelivered {
		t.Errorf("%+v, %v; the receiver got %q", kept, err, got)
	}
	shown.saw(t, "begun one", "delivering to "+hook.URL, "done")
}

// TestRunNowUndelivered: what a receiver refuses is told, and the run is good all the same.
func TestRunNowUndelivered(t *testing.T) {
	hook := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusGone) }))
	defer hook.Close()
	x, job, ledger, _, _ := open(t, version+"      - webhook: "+hook.URL+"\n", false)
	end := x.RunNow(t.Context(), service.Order{Job: job, DeliverFor: time.Minute})
	if end.Record.State != store.Succeeded || len(end.Delivered.Failed) != 1 || end.Record.Deliveries[0].State != store.DeliveryFailed {
		t.Errorf("%+v", end)
	}
	kept, err := ledger.Run(t.Context(), end.Record.Run)
	if err != nil || kept.State != store.Succeeded || kept.Deliveries[0].State != store.DeliveryFailed {
		t.Errorf("the ledger says %+v, %v", kept, err)
	}
}

// TestDryRun leaves no trace: no file, and nothing in the ledger.
func TestDryRun(t *testing.T) {
	x, job, ledger, shown, dir := open(t, version, true)
	end := x.RunNow(t.Context(), service.Order{Job: job})
	runs, err := ledger.Runs(t.Context(), store.Filter{Limit: 1})
	if !end.Rehearsed || err != nil || len(runs) != 0 {
		t.Errorf("%+v; %v, %v", end, runs, err)
	}
	if _, err := os.Stat(filepath.Join(dir, "one.json")); err == nil {
		t.Error("a dry run published")
	}
	shown.saw(t, "begun one", "done")
}

// meanwhile does something while a run waits for its next attempt.
type meanwhile struct {
	watch
	do func()
}

func (m *meanwhile) Begun(label string) service.RunObserver {
	m.watch.Begun(label)
	return m
}
func (m *meanwhile) Waiting(string, string, time.Duration) { m.do() }

// TestInterruptedBeforeItsNextAttempt: that it was interrupted is written down although the job runs elsewhere by then.
func TestInterruptedBeforeItsNextAttempt(t *testing.T) {
	o := options(t, "    timeout: 1s\n    server: http://127.0.0.1:9\n"+version)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	o.Observer = &meanwhile{do: func() {
		if _, _, err := o.Ledger.Begin(t.Context(), store.Begin{Job: "one", Trigger: store.Schedule}); err != nil {
			t.Error(err)
		}
		cancel()
	}}
	end := begun(t, o).RunNow(ctx, service.Order{Job: o.File.Job("one")})
	if end.Result.State != run.Interrupted {
		t.Errorf("%s: %s", end.Result.State, end.Result.Error)
	}
	if kept, err := o.Ledger.Run(t.Context(), end.Record.Run); err != nil || kept.State != store.Interrupted {
		t.Errorf("the ledger says %+v, %v", kept, err)
	}
}

// TestNoNextAttempt: a run that fails, and whose next attempt can't begin because the job runs elsewhere by then, is told of.
func TestNoNextAttempt(t *testing.T) {
	var told atomic.Int32
	hook := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { told.Add(1) }))
	defer hook.Close()
	keys := "    timeout: 1s\n    server: http://127.0.0.1:9\n    retry_for: 8s\n    notify: [{ webhook: \"" + hook.URL + "\" }]\n"
	o := options(t, keys+version)
	var other store.Claim
	o.Observer = &meanwhile{do: func() {
		var err error
		if other, _, err = o.Ledger.Begin(t.Context(), store.Begin{Job: "one", Trigger: store.Schedule}); err != nil {
			t.Error(err)
		}
	}}
	end := begun(t, o).RunNow(t.Context(), service.Order{Job: o.File.Job("one"), DeliverFor: time.Minute})
	why := end.Record.Error
	if end.Result.State != run.Failed || !strings.Contains(why, "it isn't tried again") || !strings.Contains(why, other.Run) {
		t.Errorf("%s: %s", end.Record.State, why)
	}
	if told.Load() != 1 {
		t.Errorf("people were told %d times", told.Load())
	}
}
