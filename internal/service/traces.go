package service

import (
	"context"

	"speckle-runner/internal/said"
	"speckle-runner/internal/secret"
	"speckle-runner/internal/tracing"
)

// maxTraceError is how much is logged of what a collector says.
const maxTraceError = 300

// OpenTraces makes what sends a node's traces to the collector that the environment
// names. It gives nil where that names none, and, after a warning, where it is wrong:
// runs matter more than their traces.
func OpenTraces(ctx context.Context, logs Logs, version, node string) *tracing.Traces {
	if !tracing.Wanted() {
		return nil
	}
	for _, text := range tracing.Secrets() {
		logs.Redactor.Add(secret.New(text))
	}
	log := logs.Logger(logs.Redactor, nil)
	words := said.With(logs.Redactor)
	traces, err := tracing.Open(ctx, tracing.Options{
		Version: version, Node: node,
		Tell: func(err error) {
			log.Warn().Str("error", words.Line(err.Error(), maxTraceError)).Msg("traces don't reach their collector")
		},
	})
	if err != nil {
		log.Warn().Msg(err.Error())
	}
	return traces
}
