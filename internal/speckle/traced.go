package speckle

import (
	"errors"
	"net/http"

	"speckle-runner/internal/tracing"
)

// tracedTry begins the part of a trace that is one try of a request: its wait for the
// rate limit, and its answer to the last byte. The address isn't told, nor what was
// asked for.
func tracedTry(request *http.Request, x *call) (try *http.Request, done func(*http.Response, Kind, error)) {
	ctx, span := tracing.StartCall(request.Context(), "request")
	if span == nil {
		return request, func(*http.Response, Kind, error) {}
	}
	span.Text("http.request.method", request.Method)
	span.Text("server.address", request.URL.Hostname())
	span.Number("http.request.resend_count", int64(x.tries-1))
	before := x.received()
	return request.WithContext(ctx), func(response *http.Response, failed Kind, err error) {
		status := 0
		if response != nil {
			status = response.StatusCode
		}
		if e, ok := errors.AsType[*Error](err); ok {
			status = e.Status
			span.Text("http.response.header.x-request-id", e.RequestID)
		}
		if status != 0 {
			span.Number("http.response.status_code", int64(status))
		}
		span.Number("runner.bytes", x.received()-before)
		if failed != "" {
			span.Failed(string(failed))
		}
		span.End()
	}
}

// received counts the bytes of all tries' answers so far.
func (x *call) received() int64 {
	if x.plain != nil {
		return x.plain.read
	}
	return x.bytes
}
