package message

import (
	"errors"
	"time"

	"speckle-runner/internal/output/mail"
	"speckle-runner/internal/output/webhook"
)

// missingSecret is how long a message waits for somebody to set its variable and
// start serve again.
const missingSecret = time.Hour

// Judge reads an error of Deliver: whether another try would end the same way, and
// else how long to wait for it, 0 for as long as is usual.
func Judge(err error) (final bool, after time.Duration) {
	if failed, is := errors.AsType[*webhook.Error](err); is {
		return failed.Final, failed.RetryAfter
	}
	if failed, is := errors.AsType[*mail.Error](err); is {
		return failed.Final, 0
	}
	return false, missingSecret
}
