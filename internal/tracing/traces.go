package tracing

import (
	"context"
	"fmt"
	"time"

	"github.com/go-logr/logr"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
)

// Traces sends spans to a collector. It is safe for use by several goroutines; a nil
// one sends nothing.
type Traces struct {
	provider *sdktrace.TracerProvider
	tracer   trace.Tracer
	salt     string // of ids: what names this installation among others
	begun    begun
}

// Options say who sends.
type Options struct {
	Version string
	Node    string      // of the ledger; "" for a command
	Tell    func(error) // what keeps spans from their collector, as it says it: it may be long
}

// scope names who made the spans.
const scope = "speckle-runner"

// closeTimeout is how long the last spans may take.
const closeTimeout = 5 * time.Second

// Open makes what sends to the collector that the environment names; nil where it
// names none. An error is about those variables, and holds no value of any.
func Open(ctx context.Context, o Options) (*Traces, error) {
	if !Wanted() {
		return nil, nil
	}
	if err := checkEnvironment(); err != nil {
		return nil, err
	}
	// What the library would print by itself quotes variables, a header's secret too.
	otel.SetLogger(logr.Discard())
	tell := seldom(o.Tell)
	otel.SetErrorHandler(otel.ErrorHandlerFunc(tell))
	exporter, err := otlptracehttp.New(ctx)
	if err != nil {
		return nil, fmt.Errorf("make the exporter of traces: %w", err)
	}
	about, err := resource.New(ctx, resource.WithTelemetrySDK(), resource.WithAttributes(attributesOf(o)...), resource.WithFromEnv())
	if err != nil {
		return nil, fmt.Errorf("OTEL_RESOURCE_ATTRIBUTES: want name=value, parted by commas: %w", errNoTraces)
	}
	t := &Traces{salt: saltOf(about), begun: newBegun()}
	t.provider = sdktrace.NewTracerProvider(sdktrace.WithBatcher(exporter), sdktrace.WithResource(about), sdktrace.WithIDGenerator(ids{}))
	t.tracer = t.provider.Tracer(scope, trace.WithInstrumentationVersion(o.Version))
	return t, nil
}

func attributesOf(o Options) []attribute.KeyValue {
	all := []attribute.KeyValue{attribute.String("service.name", scope), attribute.String("service.version", o.Version)}
	if o.Node != "" {
		all = append(all, attribute.String("service.instance.id", o.Node))
	}
	return all
}

// Close sends what is left, for some seconds.
func (t *Traces) Close() {
	if t == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), closeTimeout)
	defer cancel()
	if err := t.provider.Shutdown(ctx); err != nil {
		otel.Handle(err)
	}
}
