package speckle

import (
	"bytes"
	"cmp"
	"compress/flate"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"speckle-runner/internal/secret"
	"speckle-runner/internal/speckle/endpoint"
	"speckle-runner/internal/speckle/split"
)

// Time limits of a connection. The server has none for its resolvers, so the header may take
// long.
const (
	connectTimeout = 10 * time.Second
	headerTimeout  = 2 * time.Minute
)

// NewTransport makes the connections of a client whose Options name none. Clients with
// different tokens may share one: the token is set on each request.
func NewTransport() *http.Transport {
	return &http.Transport{
		Proxy:                 http.ProxyFromEnvironment,
		DialContext:           (&net.Dialer{Timeout: connectTimeout, KeepAlive: 30 * time.Second}).DialContext,
		TLSHandshakeTimeout:   connectTimeout,
		ResponseHeaderTimeout: headerTimeout,
		IdleConnTimeout:       55 * time.Second, // the server closes after 61 s
		MaxIdleConnsPerHost:   64,               // a tick of many jobs asks as often again, and a new one costs more than its request

		OnProxyConnectResponse: toldByProxy,
	}
}

// limited spaces requests and learns from their answers.
type limited struct {
	limits   *limiter
	observer Observer
	next     http.RoundTripper
}

func (l *limited) RoundTrip(request *http.Request) (*http.Response, error) {
	ctx := request.Context()
	began := time.Now()
	err := l.limits.wait(ctx)
	if plain := callOf(ctx).plain; err == nil && plain != nil && plain.Objects {
		err = l.limits.objects.Wait(ctx)
	}
	l.observer.waited(began)
	if err != nil {
		return nil, &Error{Kind: doneKind(ctx), Message: "wait for the server's rate limit: " + err.Error(),
			cause: causeOr(ctx, context.DeadlineExceeded), unsent: true}
	}
	sent := time.Now()
	response, err := l.next.RoundTrip(request)
	if failed, ok := errors.AsType[*Error](err); ok && failed.Kind == RateLimited {
		l.limits.refused(sent, failed.RetryAfter)
	} else if err == nil {
		l.limits.answered(sent, response.Header)
	}
	return response, err
}

// authorized sets the token, for its own scheme, host and port only.
type authorized struct {
	server    endpoint.Server
	token     secret.Value
	userAgent string
	next      http.RoundTripper
}

func (a *authorized) RoundTrip(request *http.Request) (*http.Response, error) {
	if request.URL.Scheme+"://"+request.URL.Host != a.server.Origin() {
		return nil, &Error{Kind: Redirected, Message: fmt.Sprintf("refused to send a request to %s: the job's server is %s", request.URL.Host,
			a.server.Origin())}
	}
	request = request.Clone(request.Context())
	if !a.token.IsZero() {
		if strings.ContainsFunc(a.token.Reveal(), func(r rune) bool { return r <= ' ' || r > '~' }) {
			return nil, &Error{Kind: TokenRefused, Message: "the token holds a space or another character that no token has",
				Hint: "check the place where the job's token_env, token_file or token_command reads it"}
		}
		request.Header.Set("Authorization", "Bearer "+a.token.Reveal())
	}
	request.Header.Set("User-Agent", a.userAgent)
	return a.next.RoundTrip(request)
}

// judged lets only an answer with data through. Its records go to the call's receiver as they
// arrive; the library gets the answer without them.
type judged struct {
	endpoint string
	next     http.RoundTripper
}

func (j *judged) RoundTrip(request *http.Request) (*http.Response, error) {
	ctx := request.Context()
	x := callOf(ctx)
	response, err := j.next.RoundTrip(request)
	if err != nil {
		return nil, networkError(ctx, "reach "+request.URL.Scheme+"://"+request.URL.Host, err)
	}
	defer response.Body.Close()
	if response.StatusCode/100 != 2 {
		return nil, refused(j.endpoint, response, x).of(response.Header, x.words)
	}
	if bad := notJSON(response, x.words); bad != nil {
		if bad.Hint == ownAddress {
			bad.Hint = cmp.Or(otherPath(j.endpoint), ownAddress)
		}
		return nil, bad.of(response.Header, x.words)
	}
	if err := x.read(response); err != nil {
		if _, ours := errors.AsType[*split.RefusedError](err); ours {
			return nil, err
		}
		return nil, networkError(ctx, readingAnswer, err).of(response.Header, x.words)
	}
	partial, failed := judge(response.StatusCode, &x.answer)
	if failed != nil {
		return nil, failed.of(response.Header, x.words)
	}
	x.partial = partial.of(response.Header, x.words)
	// The library gets only the data: the rest was judged here.
	skeleton := append(append([]byte(`{"data":`), x.answer.data...), '}')
	response.Body, response.ContentLength = io.NopCloser(bytes.NewReader(skeleton)), int64(len(skeleton))
	return response, nil
}

// readingAnswer is what was being done when a body broke off.
const readingAnswer = "read the answer"

// networkError makes an Error that keeps the cause for errors.Is, without the whole address
// that url.Error adds to the text.
func networkError(ctx context.Context, doing string, err error) *Error {
	if failed, ok := errors.AsType[*Error](err); ok {
		return failed
	}
	if wrapped, ok := errors.AsType[*url.Error](err); ok {
		err = wrapped.Err
	}
	if ctx.Err() != nil {
		err = causeOr(ctx, err)
		return &Error{Kind: doneKind(ctx), Message: doing + ": " + callOf(ctx).words.Line(err.Error(), MaxSaid), cause: err}
	}
	if e := hopeless(callOf(ctx).words, doing, err); e != nil {
		return e
	}
	e := &Error{Kind: Network, Message: doing + ": " + callOf(ctx).words.Line(err.Error(), MaxSaid), cause: err}
	if doing == readingAnswer && errors.Is(err, io.ErrUnexpectedEOF) {
		e.Message = doing + ": the connection broke off"
	}
	if errors.Is(err, gzip.ErrHeader) || errors.Is(err, gzip.ErrChecksum) || isCorrupt(err) {
		e.Hint = "it is labelled gzip and isn't: does a proxy on the way unpack or change it?"
	}
	if slow, ok := errors.AsType[net.Error](err); ok && slow.Timeout() {
		e.Kind = Timeout
	}
	if dial, ok := errors.AsType[*net.OpError](err); ok && dial.Op == "dial" {
		e.unsent = true
	}
	return e
}

// isCorrupt reports whether compressed data is damaged.
func isCorrupt(err error) bool {
	_, is := errors.AsType[flate.CorruptInputError](err)
	return is
}

// doneKind gives the kind of an ended context: Timeout for a deadline, Canceled for a stop.
func doneKind(ctx context.Context) Kind {
	if errors.Is(ctx.Err(), context.Canceled) {
		return Canceled
	}
	return Timeout
}

func causeOr(ctx context.Context, other error) error {
	if cause := context.Cause(ctx); cause != nil {
		return cause
	}
	return other
}

// dated notes what each answer shows of the server's clock. It is the layer right above the
// network, so that it sees the headers the moment they arrive.
type dated struct{ next http.RoundTripper }

func (d *dated) RoundTrip(request *http.Request) (*http.Response, error) {
	sent := time.Now()
	response, err := d.next.RoundTrip(request)
	if err == nil {
		callOf(request.Context()).clock.Join(clockAt(sent, time.Now(), response.Header))
	}
	return response, err
}
