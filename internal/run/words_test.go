package run_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"speckle-runner/internal/output/blob"
	"speckle-runner/internal/run"
	"speckle-runner/internal/secret"
	"speckle-runner/internal/speckle"
	"speckle-runner/internal/speckle/fake"
)

// TestCausesAreTheSameEachTime: what differs from night to night is no part of one.
func TestCausesAreTheSameEachTime(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"":                          "",
		"write out/a.csv: no space": "write no space",
		`record 17 of "x" is no 3d`: "record of is no",
		"a b c d e f g h i j k l m": "a b c d e f g h i j k l",
	} {
		if got := run.CauseOf(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

// TestAnErrorThatALedgerTells is of the kind that it was, for exit codes.
func TestAnErrorThatALedgerTells(t *testing.T) {
	t.Parallel()
	if err := run.ErrorOf("secret", "no token"); !errors.Is(err, secret.ErrMissing) {
		t.Error(err)
	}
	for _, kind := range []speckle.Kind{speckle.TokenRefused, speckle.ScopeMissing} {
		var failed *speckle.Error
		if err := run.ErrorOf(string(kind), "as it was told"); !errors.As(err, &failed) || failed.Kind != kind {
			t.Errorf("%s: %v", kind, err)
		}
	}
	var failed *speckle.Error
	if err := run.ErrorOf("short", "as it was told"); errors.As(err, &failed) || err.Error() != "as it was told" {
		t.Error(err)
	}
}

// TestWhatALedgerIsAskedFor before a run: the marks of outputs that are compared, and the
// files behind them where one is a file.
func TestWhatALedgerIsAskedFor(t *testing.T) {
	n := newNights(t)
	for keys, want := range map[string]struct {
		names []string
		files bool
	}{
		"    outputs: [{ file: a.csv }, { " + hookAt + " }]\n": {},
		"    outputs: [{ file: a.csv }, { " + hookAt + " }, { " + hookAt + ", only_if_changed: true }]\n": {
			[]string{"webhook http://127.0.0.1:9/ #2"}, false},
		"    outputs: [{ file: \"{date}.csv\", only_if_changed: true }]\n": {[]string{"file {date}.csv"}, true},
	} {
		job := n.job(n.shelved(keys))
		if got := run.Compared(job); !slices.Equal(got, want.names) || run.ComparesFiles(job) != want.files {
			t.Errorf("%s: %q, files %t", keys, got, run.ComparesFiles(job))
		}
	}
	job := n.with(smtp, n.shelved("    outputs: [{ email: [a@example.com, b@example.com], only_if_changed: true }]\n"))
	if got := run.Compared(job); !slices.Equal(got, []string{"mail a@example.com, b@example.com"}) {
		t.Errorf("%q", got)
	}
}

// TestARunnersDoors: where a path is, who is told of requests, and that nothing of a run
// is left when it is forgotten.
func TestARunnersDoors(t *testing.T) {
	b := yard(t)
	runner := &run.Runner{Dir: b.out}
	if _, is := runner.PlaceOf("s3://bucket/a.csv").(blob.Storage); !is || runner.PlaceOf("a/b.csv") != any(b.out) {
		t.Errorf("%T, %T", runner.PlaceOf("s3://bucket/a.csv"), runner.PlaceOf("a/b.csv"))
	}
	if told := runner.ObserverOf("one"); fmt.Sprintf("%v", told) != fmt.Sprintf("%v", speckle.Observer{}) {
		t.Errorf("somebody is told: %+v", told)
	}
	named := ""
	runner.Observe = func(job string) speckle.Observer { named = job; return speckle.Observer{} }
	if runner.ObserverOf("one"); named != "one" {
		t.Errorf("asked for %q", named)
	}
	b.dies(18)
	if failed := b.attempt(b.job(yards(long)), 1); failed.State != run.Failed || len(b.kept()) != 1 {
		t.Fatalf("%s, kept %v", failed.State, b.kept())
	}
	if runner.Forget("one@20260302T023000Z"); len(b.kept()) > 0 {
		t.Errorf("kept: %v", b.kept())
	}
}

// TestARunWithoutALedger: a job that nobody compares, and that no ledger is
// beside, asks nothing of one.
func TestARunWithoutALedger(t *testing.T) {
	b := newRig(t)
	asked := 0
	result := b.attempt(b.job(tower+"    outputs: [{ file: out.csv, manifest: true }]\n"), 1, func(r *run.Request) {
		r.Tables = func(context.Context, []string) (map[string]run.Table, error) { asked++; return nil, nil }
		r.Snapshots = func(context.Context, string, []string) (map[string]run.Snapshot, error) { asked++; return nil, nil }
	})
	b.ended(result, end{state: run.Succeeded})
	if asked > 0 || result.Marks != nil || result.Tables != nil || result.Snapshots != nil || result.Known != nil {
		t.Errorf("asked %d times: %+v", asked, result)
	}
	if b.server.Count() != 1+fake.TowerModels/50+1 {
		t.Errorf("%d requests", b.server.Count())
	}
}
