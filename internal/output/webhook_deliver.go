package output

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/cenkalti/backoff/v5"
)

// Policy says how long a message is tried. The zero value makes one attempt.
type Policy struct {
	MaxElapsed  time.Duration // of all attempts and waits; 0: one attempt
	MaxAttempts int           // 0: as many as there is time for
	FirstWait   time.Duration // 0: 1 s; grows by two each time, with jitter
	MaxWait     time.Duration // 0: 1 min; Retry-After may be longer
	OnRetry     func(attempt int, err error, wait time.Duration)
}

// Deliver sends a message until it is taken, refused for good, or the policy
// ends. The error is the last attempt's *DeliveryError.
func (w *Webhook) Deliver(ctx context.Context, m Message, p Policy) (attempts int, err error) {
	start := time.Now()
	if p.MaxElapsed > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(ctx, p.MaxElapsed, fmt.Errorf("gave up after %s", p.MaxElapsed))
		defer cancel()
	}
	waits := p.waits()
	for attempts = 1; ; attempts++ {
		_, err = w.Send(ctx, m)
		failed, ok := errors.AsType[*DeliveryError](err)
		if !ok || failed.Final || ctx.Err() != nil {
			return attempts, err
		}
		if p.MaxElapsed <= 0 || p.MaxAttempts > 0 && attempts >= p.MaxAttempts {
			return attempts, err
		}
		wait := max(waits.NextBackOff(), failed.RetryAfter)
		if time.Since(start)+wait > p.MaxElapsed {
			return attempts, err
		}
		if p.OnRetry != nil {
			p.OnRetry(attempts, err, wait)
		}
		if sleep(ctx, wait) != nil {
			return attempts, fmt.Errorf("%w (%w)", err, context.Cause(ctx))
		}
	}
}

func (p Policy) waits() *backoff.ExponentialBackOff {
	b := backoff.NewExponentialBackOff()
	b.Multiplier = 2
	b.InitialInterval, b.MaxInterval = time.Second, time.Minute
	if p.FirstWait > 0 {
		b.InitialInterval = p.FirstWait
	}
	if p.MaxWait > 0 {
		b.MaxInterval = p.MaxWait
	}
	b.Reset()
	return b
}

func sleep(ctx context.Context, wait time.Duration) error {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
