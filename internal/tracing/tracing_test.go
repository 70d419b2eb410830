package tracing_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	collectorpb "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"

	"speckle-runner/internal/tracing"
)

var tick = time.Date(2026, 3, 2, 2, 30, 0, 0, time.UTC)

// sent gives the spans that do sends, by their names.
func sent(t *testing.T, do func(*tracing.Traces)) map[string]*tracepb.Span {
	t.Helper()
	spans := map[string]*tracepb.Span{}
	collector := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		var request collectorpb.ExportTraceServiceRequest
		body, err := io.ReadAll(r.Body)
		if err == nil {
			err = proto.Unmarshal(body, &request)
		}
		if err != nil {
			t.Error(err)
		}
		for _, from := range request.GetResourceSpans() {
			for _, scope := range from.GetScopeSpans() {
				for _, span := range scope.GetSpans() {
					spans[span.GetName()] = span
				}
			}
		}
	}))
	defer collector.Close()
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", collector.URL)
	traces, err := tracing.Open(t.Context(), tracing.Options{Version: "1", Node: "node", Tell: func(err error) { t.Error(err) }})
	if err != nil || traces == nil {
		t.Fatal(traces, err)
	}
	do(traces)
	traces.Close()
	return spans
}

// TestNobodyWantsTraces: without a collector nothing is made, and what would be traced
// costs no allocation.
func TestNobodyWantsTraces(t *testing.T) {
	for _, variable := range []string{"OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"} {
		t.Setenv(variable, "")
	}
	traces, err := tracing.Open(t.Context(), tracing.Options{})
	if traces != nil || err != nil {
		t.Fatal(traces, err)
	}
	of := tracing.Tick{Job: "job", Run: "run", Tick: tick}
	ctx := t.Context()
	if n := testing.AllocsPerRun(100, func() {
		in, span := tracing.Start(traces.Begin(ctx, of), "run")
		if in != ctx || span != nil {
			t.Error("something was begun")
		}
		span.Text("runner.state", "succeeded")
		span.Number("runner.records", 1)
		span.Failed("network")
		span.End()
		traces.EndTick(of, "succeeded", false)
	}); n != 0 {
		t.Errorf("%v allocations where nothing is traced", n)
	}
	traces.Close()
}

// TestOneTraceOfARun: two processes that know a run's id make parts of one trace, below
// the tick's own span, which a third one sends.
func TestOneTraceOfARun(t *testing.T) {
	of := tracing.Tick{Job: "job", Run: "job-20260302T023000Z", Tick: time.Now().Add(-time.Hour).UTC()}
	part := func(name string) *tracepb.Span {
		return sent(t, func(traces *tracing.Traces) {
			_, span := tracing.Start(traces.Begin(t.Context(), of), name)
			span.End()
		})[name]
	}
	run, delivery := part("run"), part("delivery")
	whole := sent(t, func(traces *tracing.Traces) { traces.EndTick(of, "succeeded", false) })["tick"]
	for _, one := range []*tracepb.Span{run, delivery} {
		if one == nil || whole == nil || string(one.GetTraceId()) != string(whole.GetTraceId()) ||
			string(one.GetParentSpanId()) != string(whole.GetSpanId()) {
			t.Errorf("%v is no part of %v", one, whole)
		}
	}
	if whole != nil && whole.GetStartTimeUnixNano() != uint64(of.Tick.UnixNano()) {
		t.Errorf("the tick's span begins at %d, the tick was %d", whole.GetStartTimeUnixNano(), of.Tick.UnixNano())
	}
	t.Setenv("OTEL_RESOURCE_ATTRIBUTES", "deployment.environment.name=staging")
	if other := part("run"); other == nil || string(other.GetTraceId()) == string(run.GetTraceId()) {
		t.Error("another installation's runs are parts of the same traces")
	}
}

// TestATickOfLongAgo: a backfill's span is as long as its run, not as the year since.
func TestATickOfLongAgo(t *testing.T) {
	of := tracing.Tick{Job: "job", Run: "job-20240302T023000Z", Tick: tick.AddDate(-2, 0, 0)}
	before := time.Now()
	whole := sent(t, func(traces *tracing.Traces) {
		traces.Begin(t.Context(), of)
		traces.EndTick(of, "succeeded", false)
	})["tick"]
	if whole == nil || whole.GetStartTimeUnixNano() < uint64(before.UnixNano()) {
		t.Errorf("%v begins before its run", whole)
	}
}

// TestTheSamplerDecides: what isn't sampled has no parts.
func TestTheSamplerDecides(t *testing.T) {
	t.Setenv("OTEL_TRACES_SAMPLER", "traceidratio")
	t.Setenv("OTEL_TRACES_SAMPLER_ARG", "0")
	of := tracing.Tick{Job: "job", Run: "run", Tick: tick}
	spans := sent(t, func(traces *tracing.Traces) {
		if _, span := tracing.Start(traces.Begin(t.Context(), of), "run"); span != nil {
			t.Error("a part was begun")
		}
		traces.EndTick(of, "succeeded", false)
	})
	if len(spans) > 0 {
		t.Errorf("sent %v", spans)
	}
}

// TestWrongVariables are told by their names, and never by what they hold.
func TestWrongVariables(t *testing.T) {
	for _, bad := range []string{"hidden:4318", "ftp://hidden", "http://", "http://user:hidden@localhost:4318",
		"http://user:12/hidden@localhost:4318", "http://hid\x7fden"} {
		t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", bad)
		traces, err := tracing.Open(t.Context(), tracing.Options{})
		if traces != nil || err == nil || strings.Contains(err.Error(), "hid") || !strings.Contains(err.Error(), "OTEL_EXPORTER_OTLP_ENDPOINT") {
			t.Errorf("%q: %v, %v", bad, traces, err)
		}
	}
}

// TestSecretsOfTheCollector are found in whatever way a header is written.
func TestSecretsOfTheCollector(t *testing.T) {
	t.Setenv("OTEL_EXPORTER_OTLP_HEADERS", "authorization=Bearer%20one-key, x-key = another%2Ckey ,broken-without-value")
	t.Setenv("OTEL_EXPORTER_OTLP_TRACES_HEADERS", "authorization=Basic third")
	got := tracing.Secrets()
	for _, want := range []string{"one-key", "Bearer one-key", "another,key", "another%2Ckey", "third", "broken-without-value"} {
		if !slices.Contains(got, want) {
			t.Errorf("%q isn't known, only %q", want, got)
		}
	}
}

// TestACollectorThatRefuses is told once, and not at every batch.
func TestACollectorThatRefuses(t *testing.T) {
	collector := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusForbidden) }))
	defer collector.Close()
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", collector.URL)
	t.Setenv("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "1")
	var told atomic.Int32
	traces, err := tracing.Open(t.Context(), tracing.Options{Tell: func(err error) {
		if !strings.Contains(err.Error(), "403") || errors.Is(err, context.Canceled) {
			t.Error(err)
		}
		told.Add(1)
	}})
	if err != nil {
		t.Fatal(err)
	}
	for range 5 {
		traces.EndTick(tracing.Tick{Job: "job", Run: "run", Tick: time.Now()}, "succeeded", false)
	}
	traces.Close()
	if n := told.Load(); n != 1 {
		t.Errorf("told %d times", n)
	}
}
