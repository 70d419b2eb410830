package sink_test

import (
	"context"
	"errors"
	"testing"

	"github.com/go-json-experiment/json/jsontext"

	"speckle-runner/internal/jobs/jq"
	"speckle-runner/internal/output"
	"speckle-runner/internal/run/sink"
	"speckle-runner/internal/speckle"
)

// TestARunEndsInAProgram: what is told is the record and the page, pages that are
// read again counted once.
func TestARunEndsInAProgram(t *testing.T) {
	t.Parallel()
	dir, err := output.OpenDir(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer dir.Close()
	spool, err := dir.NewSpool("run")
	if err != nil {
		t.Fatal(err)
	}
	defer spool.Close()
	program, problem := jq.Compile("if .slow then last(range(1e9)) else . end")
	if problem != nil {
		t.Fatal(problem)
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	s, err := sink.New(ctx, sink.Options{Into: spool, Most: 1 << 20, Select: program})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	err = errors.Join(s.Record([]byte(`{}`)), s.EndPage(speckle.Page{Number: 1, Data: jsontext.Value("{}"), Records: 1}),
		s.Record([]byte(`{}`)), s.DropPage(), s.Record([]byte(`{}`)))
	if err != nil {
		t.Fatal(err)
	}
	over := errors.New("its time is over")
	cancel(over)
	err = s.Record([]byte(`{"slow":true}`))
	if _, is := errors.AsType[*sink.WorkError](err); !is || !errors.Is(err, over) ||
		err.Error() != "select, at work on record 3 of page 2, which had come: its time is over" {
		t.Error(err)
	}
}
