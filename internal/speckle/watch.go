package speckle

import (
	"context"
	"io"
	"net/http"
	"time"

	"speckle-runner/internal/patience"
)

// quietTimeout is how long a body may pause once it has begun.
const quietTimeout = time.Minute

// errQuiet ends an answer that has stopped coming.
var errQuiet error = quietError{}

type quietError struct{}

func (quietError) Error() string   { return "no byte for " + quietTimeout.String() }
func (quietError) Timeout() bool   { return true }
func (quietError) Temporary() bool { return true }

// watched ends answers whose body pauses for too long. Time that the reader spends on a
// record doesn't count.
type watched struct{ next http.RoundTripper }

func (w *watched) RoundTrip(request *http.Request) (*http.Response, error) {
	ctx, cancel := context.WithCancelCause(request.Context())
	response, err := patience.Unswitched(w.next).RoundTrip(request.WithContext(ctx))
	if err != nil {
		cancel(nil)
		return nil, err
	}
	response.Body = &watchedBody{in: response.Body, ctx: ctx, cancel: cancel}
	return response, nil
}

type watchedBody struct {
	in     io.ReadCloser
	ctx    context.Context
	cancel context.CancelCauseFunc
	timer  *time.Timer
}

func (b *watchedBody) Read(p []byte) (int, error) {
	if b.timer == nil {
		b.timer = time.AfterFunc(quietTimeout, func() { b.cancel(errQuiet) })
	} else {
		b.timer.Reset(quietTimeout)
	}
	n, err := b.in.Read(p)
	b.timer.Stop()
	if err != nil && err != io.EOF && context.Cause(b.ctx) == errQuiet { //nolint:errorlint // EOF itself only: a wrapped one is a cut
		err = errQuiet
	}
	return n, err
}

func (b *watchedBody) Close() error {
	b.cancel(nil)
	return b.in.Close()
}
