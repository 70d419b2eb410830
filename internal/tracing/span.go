package tracing

import (
	"context"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"
)

// Span is a part of what a trace is about. A nil one is of no trace, and does nothing.
type Span struct{ span trace.Span }

// Start begins a part of what ctx is about: nil where that isn't traced.
func Start(ctx context.Context, name string) (context.Context, *Span) {
	return start(ctx, name, trace.SpanKindInternal)
}

// StartCall begins a part in which another program is asked for something.
func StartCall(ctx context.Context, name string) (context.Context, *Span) {
	return start(ctx, name, trace.SpanKindClient)
}

func start(ctx context.Context, name string, kind trace.SpanKind) (context.Context, *Span) {
	parent := trace.SpanFromContext(ctx)
	if !parent.IsRecording() {
		return ctx, nil
	}
	//nolint:spancheck // who began it ends it
	ctx, span := parent.TracerProvider().Tracer(scope).Start(ctx, name, trace.WithSpanKind(kind))
	return ctx, &Span{span} //nolint:spancheck // likewise
}

// Text adds a word of ours or of the job file.
func (s *Span) Text(key, value string) {
	if s != nil && value != "" {
		s.span.SetAttributes(attribute.String(key, value))
	}
}

// Number adds a number.
func (s *Span) Number(key string, value int64) {
	if s != nil {
		s.span.SetAttributes(attribute.Int64(key, value))
	}
}

// Failed says that it failed; reason is a word of ours, never what somebody said.
func (s *Span) Failed(reason string) {
	if s != nil {
		s.span.SetStatus(codes.Error, reason)
		s.span.SetAttributes(attribute.String("error.type", reason))
	}
}

// End ends it.
func (s *Span) End() {
	if s != nil {
		s.span.End()
	}
}
