package speckle

import (
	"context"
	"errors"
	"net/http"

	"speckle-runner/internal/tracing"
)

// tracedTry is the part of a trace that is one try of a request: from its wait for the rate
// limit to the last byte of its answer. It has neither the address nor the question.
type tracedTry struct {
	span   *tracing.Span // nil: it isn't traced
	call   *call
	before int64 // bytes that earlier tries gave
}

func startTry(request *http.Request, x *call) (context.Context, tracedTry) {
	ctx, span := tracing.StartCall(request.Context(), "request")
	span.Text("http.request.method", request.Method)
	span.Text("server.address", request.URL.Hostname())
	span.Number("http.request.resend_count", int64(x.tries-1))
	return ctx, tracedTry{span, x, x.received()}
}

func (t tracedTry) end(response *http.Response, failed Kind, err error) {
	if t.span == nil {
		return
	}
	status := 0
	if response != nil {
		status = response.StatusCode
	}
	if e, ok := errors.AsType[*Error](err); ok {
		status = e.Status
		t.span.Text("http.response.header.x-request-id", e.RequestID)
	}
	if status != 0 {
		t.span.Number("http.response.status_code", int64(status))
	}
	t.span.Number("runner.bytes", t.call.received()-t.before)
	if failed != "" {
		t.span.Failed(string(failed))
	}
	t.span.End()
}

// received counts the bytes of all tries' answers so far.
func (x *call) received() int64 {
	if x.plain != nil {
		return x.plain.read
	}
	return x.bytes
}
