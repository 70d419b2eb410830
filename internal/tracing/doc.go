// Package tracing sends what becomes of a tick to a collector of OpenTelemetry: the
// tick, the attempts of its run, their requests, what they publish, and the
// deliveries, as spans of one trace. The standard's own variables say where to.
//
// Without OTEL_EXPORTER_OTLP_ENDPOINT nothing is made, and every function here
// returns at once. A span never holds a token, an address, a query, a record or what
// a server said, but for the id by which its log knows a failed request: only names of
// the job file, numbers, and words of ours. No run fails because a collector is away.
package tracing
