package webhook

import (
	"net/http"
	"time"

	"speckle-runner/internal/secret"
)

// Hook is a receiver of messages. Its address and headers may be secrets:
// no error names more than the host.
type Hook struct {
	URL       secret.Value
	Secret    secret.Value            // signs the body; none: no signature
	Signature string                  // "standard" (or "") or "speckle"
	Headers   map[string]secret.Value // beside ours
	Redactor  *secret.Redactor        // of who sends, for errors; nil: the webhook's own secrets are all there are
	UserAgent string
	Preset    string            // the service that the message was made for, which knows its own answers; "": none
	Timeout   time.Duration     // of one attempt; 0: 30 s
	Transport http.RoundTripper // nil: one that all webhooks share
}

// Message is one delivery. Its ID stays the same over all attempts, so that a
// receiver can drop what it has seen.
type Message struct {
	ID   string
	Tick time.Time
	Body []byte // JSON
}
