package output_test

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"

	"speckle-runner/internal/output/blob/blobtest"
	"speckle-runner/internal/output/format"
	"speckle-runner/internal/output/outputtest"
	"speckle-runner/internal/output/record"
)

// carrier is one kind of output, as the conformance suite drives it. A new kind
// of output gets a row in targets and has to pass everything below.
type carrier interface {
	// name is how errors call it.
	name() string
	// write sends one export, as a run does it.
	write(ctx context.Context, r record.Records) (records int64, err error)
	// holds fails unless a reader sees exactly these records, whole.
	holds(t *testing.T, lines []string)
	// breakIt makes the target fail when a part of the next export is through.
	breakIt()
}

// targets gives a fresh target of every kind.
func targets() map[string]func(t *testing.T) carrier {
	all := map[string]func(t *testing.T) carrier{"webhook": newHookTarget}
	for _, name := range format.Names() {
		f, _ := format.Parse(name)
		all["file "+name] = func(t *testing.T) carrier { return newFileTarget(t, f) }
	}
	// What is put doesn't depend on its name: one of each nature will do.
	for _, scheme := range blobtest.Schemes() {
		all[scheme] = func(t *testing.T) carrier { return newStorageTarget(t, scheme, format.Format{Name: "ndjson"}) }
	}
	all["s3 parquet"] = func(t *testing.T) carrier { return newStorageTarget(t, "s3", format.Format{Name: "parquet"}) }
	return all
}

var yesterday = []string{`{"id":"yesterday","n":1}`, `{"id":"also","n":2}`}

// recordSets are what every output has to carry.
func recordSets() map[string][]string {
	return map[string][]string{
		"none":    {},
		"one":     {`{"id":"a"}`},
		"many":    outputtest.Many(1500),
		"unicode": {`{"id":"ü","name":"Πύργος \"Ost\"\nzweite\tZeile, 'x'; =1+1"}`, `{"id":"🏗","name":"e\u0301\u2028"}`},
		"numbers": {`{"n":12345678901234567890123,"f":1.10,"e":1E5,"z":-0,"max":9007199254740993,"tiny":5e-324}`},
		"nested":  {`{"a":{"b":{"c":[1,{"d":null}],"":2}},"e":{},"x.y":{"z":true}}`, `{"a":null,"e":{}}`, `{"a":{"b":null}}`},
		"long":    {`{"id":"short"}`, `{"id":"` + strings.Repeat("long ", 1<<20) + `"}`, `{"id":"after"}`},
		"null":    {`{"a":null,"b":null}`, `{"a":null,"b":null}`, `{}`},
	}
}

// refused are the exports that a kind of output can't carry, and says so.
var refused = map[string]string{"file xlsx/long": "a cell takes 32767"}

// TestConformance sends every set of records to every kind of output, twice:
// a tick that is run again gives the same.
func TestConformance(t *testing.T) {
	for kind, open := range targets() {
		for set, lines := range recordSets() {
			t.Run(kind+"/"+set, func(t *testing.T) {
				t.Parallel() // they wait for the disk
				to := open(t)
				if reason := refused[kind+"/"+set]; reason != "" {
					if _, err := to.write(t.Context(), outputtest.NDJSON(lines...)); err == nil || !strings.Contains(err.Error(), reason) {
						t.Errorf("%v, want %s", err, reason)
					}
					return
				}
				for range 2 {
					n, err := to.write(t.Context(), outputtest.NDJSON(lines...))
					if err != nil || n != int64(len(lines)) {
						t.Fatalf("%d records: %v", n, err)
					}
					to.holds(t, lines)
					if set == "long" {
						break // 5 MB under the race detector: once will do
					}
				}
			})
		}
	}
}

// TestConformanceOfFailures breaks each output in the middle of an export. The
// error names the output and keeps its cause, and what readers see is still
// yesterday's export; the next run finds nothing in its way.
func TestConformanceOfFailures(t *testing.T) {
	stop, gone := errors.New("the run was replaced"), errors.New("the spool is gone")
	today := outputtest.Many(1200) // three messages of a webhook
	miscounted := outputtest.NDJSON(today...)
	miscounted.Count--
	for kind, open := range targets() {
		for name, c := range map[string]struct {
			source func(cancel context.CancelCauseFunc) record.Records
			broken bool
			cause  error
		}{
			"canceled midway": {cause: stop, source: func(cancel context.CancelCauseFunc) record.Records {
				return midway(today, func() error { cancel(stop); return nil })
			}},
			"the source breaks midway": {cause: gone, source: func(context.CancelCauseFunc) record.Records {
				return midway(today, func() error { return gone })
			}},
			"the source is cut midway": {source: func(context.CancelCauseFunc) record.Records {
				return midway(today, func() error { return io.EOF })
			}},
			"the source is too long": {source: func(context.CancelCauseFunc) record.Records { return miscounted }},
			"the target fails midway": {broken: true, source: func(context.CancelCauseFunc) record.Records {
				return outputtest.NDJSON(today...)
			}},
		} {
			t.Run(kind+"/"+name, func(t *testing.T) {
				t.Parallel()
				to := open(t)
				if _, err := to.write(t.Context(), outputtest.NDJSON(yesterday...)); err != nil {
					t.Fatal(err)
				}
				if c.broken {
					to.breakIt()
				}
				ctx, cancel := context.WithCancelCause(t.Context())
				defer cancel(nil)
				_, err := to.write(ctx, c.source(cancel))
				if err == nil || !strings.Contains(err.Error(), to.name()) || c.cause != nil && !errors.Is(err, c.cause) {
					t.Errorf("%v, want %v at %s", err, c.cause, to.name())
				}
				to.holds(t, yesterday)
				if _, err := to.write(t.Context(), outputtest.NDJSON(today...)); err != nil {
					t.Fatal(err)
				}
				to.holds(t, today)
			})
		}
	}
}

// midway gives records whose source does something in its middle: end early
// (io.EOF), break (another error), or go on (nil).
func midway(lines []string, then func() error) record.Records {
	text := strings.Join(lines, "\n") + "\n"
	half := strings.LastIndexByte(text[:len(text)/2], '\n') + 1
	return record.Records{Count: int64(len(lines)), Open: func() (io.ReadCloser, error) {
		return io.NopCloser(&halves{parts: []string{text[:half], text[half:]}, then: then}), nil
	}}
}

type halves struct {
	parts []string
	then  func() error
}

func (h *halves) Read(p []byte) (int, error) {
	if len(h.parts[0]) == 0 {
		if len(h.parts) == 1 {
			return 0, io.EOF
		}
		h.parts = h.parts[1:]
		if err := h.then(); err != nil {
			h.parts = h.parts[:1]
			h.parts[0] = ""
			return 0, err
		}
	}
	n := copy(p, h.parts[0])
	h.parts[0] = h.parts[0][n:]
	return n, nil
}
