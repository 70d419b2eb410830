package speckle

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/cenkalti/backoff/v5"
	"github.com/rs/zerolog"
)

// maxTries is how often one request is sent within a run's attempt.
const maxTries = 5

// retrier sends a request again after an error that may go away by itself. Records of the
// failed try are taken back first.
type retrier struct {
	log      zerolog.Logger
	observer Observer
	tries    int
	next     http.RoundTripper
}

func (r *retrier) RoundTrip(request *http.Request) (*http.Response, error) {
	ctx, x := request.Context(), callOf(request.Context())
	var response *http.Response
	var last error
	wait := &backoff.ExponentialBackOff{InitialInterval: 500 * time.Millisecond, RandomizationFactor: 0.5, Multiplier: 2,
		MaxInterval: 30 * time.Second}
	_, _ = backoff.Retry(ctx, func() (struct{}, error) {
		if last = x.begin(); last != nil {
			return struct{}{}, backoff.Permanent(last)
		}
		ctx, span := startTry(request, x)
		response, last = r.send(ctx, request) //nolint:bodyclose // the library closes it
		span.end(response, r.observer.sent(x, last), last)
		return struct{}{}, again(ctx, x, last)
	}, backoff.WithMaxTries(uint(r.tries)), backoff.WithBackOff(wait), backoff.WithMaxElapsedTime(0),
		backoff.WithNotify(func(err error, pause time.Duration) {
			r.observer.again(err, pause)
			r.log.Debug().Int("try", x.tries).Dur("pause_ms", pause).Str("error", x.words.Line(err.Error(), 2*MaxSaid)).Msg("request is tried again")
		}))
	return response, interrupted(ctx, last)
}

// interrupted adds to a try's error that the run ended during the pause before the next try.
func interrupted(ctx context.Context, last error) error {
	failed, typed := errors.AsType[*Error](last)
	if !typed || ctx.Err() == nil || failed.cause != nil {
		return last
	}
	ended := *failed
	ended.cause = context.Cause(ctx)
	ended.Message += "; then: " + callOf(ctx).words.Line(ended.cause.Error(), MaxSaid)
	return &ended
}

// send gives each try a body of its own.
func (r *retrier) send(ctx context.Context, request *http.Request) (*http.Response, error) {
	try := request.Clone(ctx)
	if request.GetBody != nil {
		body, err := request.GetBody()
		if err != nil {
			return nil, err
		}
		try.Body = body
	}
	sent := time.Now()
	response, err := r.next.RoundTrip(try)
	if trace := r.log.Trace(); trace.Enabled() {
		trace.Str("address", try.URL.String()).Int64("sent_bytes", try.ContentLength).Dur("took_ms", time.Since(sent)).Bool("good",
			err == nil).Msg("request")
	}
	return response, err
}

// errFinal ends the retry loop: what it returns is not used.
var errFinal = errors.New("final")

// again says to the retry loop what a try's end means: nil when it was good. An answer with
// data and a server fault is tried again, too.
func again(ctx context.Context, x *call, err error) error {
	failed, typed := errors.AsType[*Error](err)
	if err == nil {
		failed = x.partial
	}
	switch {
	case err == nil && failed == nil:
		return nil
	case ctx.Err() != nil || err != nil && !typed || !failed.repeatable(x.query):
		return backoff.Permanent(errFinal)
	case failed.RetryAfter > 0 && pastDeadline(ctx, failed.RetryAfter):
		return backoff.Permanent(errFinal)
	case failed.RetryAfter > 0:
		return &retryAtError{failed, &backoff.RetryAfterError{Duration: failed.RetryAfter}}
	default:
		return failed
	}
}

// pastDeadline reports whether a wait would last longer than the run may.
func pastDeadline(ctx context.Context, wait time.Duration) bool {
	end, ok := ctx.Deadline()
	return ok && time.Until(end) < wait
}
