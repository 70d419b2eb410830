package tracing

import (
	"context"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/trace"
)

// Traces sends spans to a collector. It is safe for use by several goroutines; a nil
// one sends nothing.
type Traces struct {
	provider interface{ Shutdown(context.Context) error }
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
