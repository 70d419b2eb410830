//go:build !demo

package tracing

import (
	"context"
	"fmt"
	"strings"

	"github.com/go-logr/logr"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
)

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
	provider := sdktrace.NewTracerProvider(sdktrace.WithBatcher(exporter), sdktrace.WithResource(about), sdktrace.WithIDGenerator(ids{}))
	return &Traces{
		provider: provider, tracer: provider.Tracer(scope, trace.WithInstrumentationVersion(o.Version)), salt: saltOf(about), begun: newBegun(),
	}, nil
}

func attributesOf(o Options) []attribute.KeyValue {
	all := []attribute.KeyValue{attribute.String("service.name", scope), attribute.String("service.version", o.Version)}
	if o.Node != "" {
		all = append(all, attribute.String("service.instance.id", o.Node))
	}
	return all
}

// saltOf keeps apart what several installations with the same jobs send to one collector.
func saltOf(about *resource.Resource) string {
	var salt strings.Builder
	for _, key := range []attribute.Key{"service.namespace", "service.name", "deployment.environment.name", "deployment.environment"} {
		value, _ := about.Set().Value(key)
		salt.WriteString(value.AsString() + "\x00")
	}
	return salt.String()
}
