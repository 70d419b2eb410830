package tracing

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"
)

// Tick is what a trace is about.
type Tick struct {
	Job, Run string
	Tick     time.Time
}

// longAgo is from when on a tick is no time that a span begins at: a backfill would
// make spans of months.
const longAgo = 24 * time.Hour

// Begin gives a context whose spans are parts of a tick. Its trace and the tick's own
// span have ids that follow from the run's: attempts and deliveries of several
// processes find each other without a word. EndTick sends the tick's own span.
func (t *Traces) Begin(ctx context.Context, of Tick) context.Context {
	if t == nil {
		return ctx
	}
	t.begun.at(of.Run, time.Now())
	ctx, _ = t.start(ctx, of, of.Tick) // not ended here, and so not sent
	return ctx
}

// EndTick says how a tick has ended. reason is the kind of a failure, "" for none.
func (t *Traces) EndTick(of Tick, state string, failed bool) {
	if t == nil {
		return
	}
	now := time.Now()
	began := of.Tick
	if first, known := t.begun.take(of.Run); now.Sub(began) > longAgo {
		if began = now; known {
			began = first
		}
	}
	_, span := t.start(context.Background(), of, began)
	span.SetAttributes(attribute.String("runner.state", state))
	if failed {
		span.SetStatus(codes.Error, state)
	}
	span.End(trace.WithTimestamp(now))
}

func (t *Traces) start(ctx context.Context, of Tick, at time.Time) (context.Context, trace.Span) {
	ctx = context.WithValue(ctx, ofTick{}, idsOf(t.salt, of.Run))
	//nolint:spancheck // EndTick ends it; that of Begin is there to be a parent
	return t.tracer.Start(ctx, "tick", trace.WithNewRoot(), trace.WithTimestamp(at), trace.WithAttributes(
		attribute.String("runner.job", of.Job), attribute.String("runner.run", of.Run),
		attribute.String("runner.tick", of.Tick.UTC().Format(time.RFC3339Nano)),
	))
}

// ofTick is the key of the ids that a tick's own span gets.
type ofTick struct{}

type tickIDs struct {
	trace trace.TraceID
	span  trace.SpanID
}

func idsOf(salt, run string) tickIDs {
	sum := sha256.Sum256([]byte(salt + "\x00" + run))
	return tickIDs{trace.TraceID(sum[:16]), trace.SpanID(sum[16:24])}
}

// ids makes the ids of spans.
type ids struct{}

// NewIDs gives those of a root: a tick.
func (ids) NewIDs(ctx context.Context) (trace.TraceID, trace.SpanID) {
	if of, ok := ctx.Value(ofTick{}).(tickIDs); ok {
		return of.trace, of.span
	}
	var id trace.TraceID
	_, _ = rand.Read(id[:]) // never fails
	id[0] |= 1              // never zero, which is no id
	return id, ids{}.NewSpanID(ctx, id)
}

// NewSpanID gives that of a part.
func (ids) NewSpanID(context.Context, trace.TraceID) trace.SpanID {
	var id trace.SpanID
	_, _ = rand.Read(id[:])
	id[0] |= 1
	return id
}
