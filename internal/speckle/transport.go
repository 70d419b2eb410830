package speckle

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"time"

	"speckle-runner/internal/secret"
)

// Waits of a connection. Resolvers have no time limit of their own on the
// server, so the header may take long; a body that has begun may not stop.
const (
	connectTimeout = 10 * time.Second
	headerTimeout  = 2 * time.Minute
)

// maxAnswer is the largest answer that is taken whole.
const maxAnswer = 32 << 20

// transport stands below the GraphQL library, which looks at neither status
// nor content type. It sets the token, for one origin only, and lets nothing
// through but an answer that judge has passed.
type transport struct {
	server    Server
	token     secret.Value
	userAgent string
	base      http.RoundTripper
}

// exchange carries what the library drops, for one request.
type exchange struct {
	answer  envelope
	partial *Error // errors beside data
	bytes   int64
}

type exchangeKey struct{}

func newBase() *http.Transport {
	return &http.Transport{
		Proxy:                 http.ProxyFromEnvironment,
		DialContext:           (&net.Dialer{Timeout: connectTimeout, KeepAlive: 30 * time.Second}).DialContext,
		TLSHandshakeTimeout:   connectTimeout,
		ResponseHeaderTimeout: headerTimeout,
		IdleConnTimeout:       55 * time.Second, // the server closes after 61 s
		MaxIdleConnsPerHost:   4,
	}
}

// RoundTrip sends one request and judges its answer.
func (t *transport) RoundTrip(request *http.Request) (*http.Response, error) {
	if request.URL.Scheme+"://"+request.URL.Host != t.server.Origin() {
		return nil, &Error{Kind: Redirected, Message: fmt.Sprintf("refused to send a request to %s: the job's server is %s", request.URL.Host, t.server.Origin())}
	}
	request = request.Clone(request.Context())
	if !t.token.IsZero() {
		request.Header.Set("Authorization", "Bearer "+t.token.Reveal())
	}
	request.Header.Set("User-Agent", t.userAgent)
	response, err := t.base.RoundTrip(request)
	if err != nil {
		return nil, networkError(request.Context(), "reach "+t.server.Origin(), err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer+1))
	if err != nil {
		return nil, networkError(request.Context(), "read the answer", err)
	}
	if len(body) > maxAnswer {
		return nil, &Error{Kind: TooLarge, Status: response.StatusCode, Message: fmt.Sprintf("the answer is larger than %d MiB", maxAnswer>>20), Hint: "page the query, or ask for fewer fields"}
	}
	return t.judged(request, response, body)
}

func (t *transport) judged(request *http.Request, response *http.Response, body []byte) (*http.Response, error) {
	answer, problem := judge(t.server.Endpoint(), response, body)
	partial := response.StatusCode/100 == 2 && answer.hasData() && len(answer.Errors) > 0
	if problem != nil && !partial {
		return nil, problem
	}
	if x, ok := request.Context().Value(exchangeKey{}).(*exchange); ok {
		x.answer, x.partial, x.bytes = answer, problem, int64(len(body))
	}
	response.Body = io.NopCloser(bytes.NewReader(body))
	return response, nil
}

// networkError keeps the cause for errors.Is, and out of the text what url.Error
// adds: the whole address.
func networkError(ctx context.Context, doing string, err error) *Error {
	if wrapped, ok := errors.AsType[*url.Error](err); ok {
		err = wrapped.Err
	}
	if cause := context.Cause(ctx); cause != nil {
		err = cause
	}
	return &Error{Kind: Network, Message: doing + ": " + said(err.Error()), cause: err}
}
