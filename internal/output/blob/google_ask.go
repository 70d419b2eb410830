//go:build !nocloud && !demo

package blob

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/cenkalti/backoff/v5"
	"golang.org/x/oauth2"
)

// Google's JSON API, which takes seven requests to know. Google's own client
// brings gRPC and Envoy's types along: 20 MB, and 20 ms at every start.
const (
	googleOrigin = "https://storage.googleapis.com"
	googleScope  = "https://www.googleapis.com/auth/devstorage.read_write"
)

// bucketOfGoogle is a bucket of Google Cloud Storage.
type bucketOfGoogle struct {
	client *http.Client
	origin string // scheme and host of the API
	name   string
}

// ask is one request.
type ask struct {
	method, address string
	header          map[string]string
	body            io.Reader
	length          int64
}

// told is its answer.
type told struct {
	status int
	header http.Header
	body   []byte
}

// maxAnswer bounds what is read of an answer.
const maxAnswer = 1 << 20

// Bounds on trying again within one put.
const (
	googleTries = 6
	googleWait  = 500 * time.Millisecond // the first one; they grow
)

// patiently tries a request again while the service or the network is to blame.
// It is for requests without a body that is read.
func (b *bucketOfGoogle) patiently(ctx context.Context, a ask) (told, error) {
	return backoff.Retry(ctx, func() (told, error) {
		answer, err := b.once(ctx, a)
		if err != nil && !passing(err) {
			err = backoff.Permanent(err)
		}
		return answer, err
	}, backoff.WithBackOff(googleBackOff()), backoff.WithMaxTries(googleTries))
}

func googleBackOff() *backoff.ExponentialBackOff {
	waits := backoff.NewExponentialBackOff()
	waits.InitialInterval = googleWait
	return waits
}

func passing(err error) bool {
	f, is := errors.AsType[*fault](err)
	return is && (f.kind == busy || f.kind == unreachable)
}

// once sends one request. Every status that isn't a success, or the "go on" of
// an upload, is a fault.
func (b *bucketOfGoogle) once(ctx context.Context, a ask) (told, error) {
	request, err := http.NewRequestWithContext(ctx, a.method, a.address, a.body)
	if err != nil {
		return told{}, &fault{other, "its address can't be asked"} // it may be signed
	}
	request.ContentLength = a.length
	if a.length == 0 {
		request.Body = http.NoBody
	}
	for name, value := range a.header {
		request.Header.Set(name, value)
	}
	response, err := b.client.Do(request)
	if err != nil {
		return told{}, googleFault(err)
	}
	defer response.Body.Close()
	answer := told{status: response.StatusCode, header: response.Header}
	if answer.body, err = io.ReadAll(io.LimitReader(response.Body, maxAnswer)); err != nil {
		return answer, &fault{unreachable, err.Error()}
	}
	if answer.status/100 == 2 || answer.status == http.StatusPermanentRedirect {
		return answer, nil
	}
	return answer, statusFault(answer.status, googleSaid(answer))
}

// googleFault is that of a request which got no answer: for want of a token,
// too.
func googleFault(err error) *fault {
	if refused, is := errors.AsType[*oauth2.RetrieveError](err); is {
		return noToken(refused)
	}
	if f := networkFault(err); f != nil {
		return f
	}
	return &fault{other, err.Error()}
}

// noToken is the fault of a service that gives no token: for now, or at all.
func noToken(refused *oauth2.RetrieveError) *fault {
	status, says := 0, strings.TrimSpace(refused.ErrorCode+" "+refused.ErrorDescription)
	if refused.Response != nil {
		status = refused.Response.StatusCode
		says = cmp.Or(says, fmt.Sprintf("no token was given: HTTP %d", status))
	}
	if statusFault(status, "").kind == busy {
		return &fault{busy, says}
	}
	return &fault{noCredentials, says}
}

// googleSaid gives what an answer says went wrong.
func googleSaid(answer told) string {
	var said struct {
		Error struct {
			Message string
		}
	}
	if json.Unmarshal(answer.body, &said) == nil && said.Error.Message != "" {
		return fmt.Sprintf("HTTP %d: %s", answer.status, said.Error.Message)
	}
	return ""
}
