package webhook

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"speckle-runner/internal/patience"
	"speckle-runner/internal/said"
	"speckle-runner/internal/secret"
)

const (
	defaultUserAgent   = "speckle-runner"
	defaultSendTimeout = 30 * time.Second
	maxResponse        = said.MaxRaw + 1 // of an answer that is looked at
)

// sharedTransport keeps connections between deliveries.
var sharedTransport = sync.OnceValue(func() http.RoundTripper {
	return &http.Transport{
		Proxy:                  http.ProxyFromEnvironment,
		DialContext:            (&net.Dialer{Timeout: 10 * time.Second}).DialContext,
		TLSHandshakeTimeout:    10 * time.Second,
		ForceAttemptHTTP2:      true,
		MaxIdleConns:           100,
		MaxIdleConnsPerHost:    4,
		IdleConnTimeout:        90 * time.Second,
		MaxResponseHeaderBytes: 64 << 10,
	}
})

// Send makes one attempt. Every error is a *Error. Without one the
// message was taken; doubt then says what in the answer speaks against that,
// in one line without secrets, "" for nothing.
func (w *Hook) Send(ctx context.Context, m Message) (doubt string, err error) {
	timeout := w.Timeout
	if timeout <= 0 {
		timeout = defaultSendTimeout
	}
	ctx, cancel := context.WithTimeoutCause(ctx, timeout, fmt.Errorf("no answer within %s", timeout))
	defer cancel()

	target, err := w.address()
	if err != nil {
		return "", &Error{Final: true, Err: err}
	}
	req, err := w.request(ctx, target, m)
	if err != nil {
		return "", &Error{Host: target.Host, Final: true, Err: err}
	}
	resp, err := w.client().Do(req)
	if err != nil {
		return "", w.noAnswer(ctx, target, err)
	}
	defer resp.Body.Close()
	text, _ := io.ReadAll(io.LimitReader(resp.Body, maxResponse)) // a cut answer still has its status
	return w.read(target, resp, text)
}

// read tells what an answer means.
func (w *Hook) read(target *url.URL, resp *http.Response, text []byte) (doubt string, err error) {
	answer := newReply(resp.Header, text)
	asked, _ := patience.RetryAfter(resp.Header.Get("Retry-After"), time.Now(), maxRetryAfter)
	failed := &Error{
		Host: target.Host, Status: resp.StatusCode, Final: final(resp.StatusCode),
		RetryAfter: max(asked, answer.retryAfter()),
		Response:   w.readable(target, text),
	}
	if resp.StatusCode < 200 || resp.StatusCode >= 300 {
		return "", failed
	}
	meant := judge(w.service(target.Hostname()), answer)
	if !meant.no {
		return w.readable(target, []byte(meant.doubt)), nil
	}
	failed.SaidNo, failed.Final, failed.RetryAfter = true, meant.final, max(failed.RetryAfter, meant.after)
	return "", failed
}

// client follows no redirect: a message goes to the address that was given
// and nowhere else.
func (w *Hook) client() *http.Client {
	transport := w.Transport
	if transport == nil {
		transport = sharedTransport()
	}
	return &http.Client{
		Transport:     patience.Unswitched(transport),
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// address reads the URL. Its errors don't quote it.
func (w *Hook) address() (*url.URL, error) {
	u, err := url.Parse(w.URL.Reveal())
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return nil, errors.New("its address isn't an http or https URL")
	}
	if secret.InPath(u) {
		return nil, errors.New("its address may hold a user or a password: there is an @ behind its port " +
			"(in a password / is written %2F, ? %3F and # %23; in a path @ is written %40)")
	}
	return u, nil
}

func (w *Hook) request(ctx context.Context, target *url.URL, m Message) (*http.Request, error) {
	if m.ID == "" {
		return nil, errors.New("the message has no id")
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, target.String(), bytes.NewReader(m.Body))
	if err != nil {
		return nil, errors.New("its address can't be used")
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", defaultUserAgent)
	if w.UserAgent != "" {
		req.Header.Set("User-Agent", w.UserAgent)
	}
	for name, value := range w.Headers {
		if !printable(value.Reveal()) {
			return nil, fmt.Errorf("its header %s holds a line break or another control character", name)
		}
		if http.CanonicalHeaderKey(name) == "Host" {
			req.Host = value.Reveal()
			continue
		}
		req.Header.Set(name, value.Reveal())
	}
	return req, w.sign(req.Header, m, time.Now())
}

// printable reports whether a header may have the value. net/http refuses it,
// too, but as if another attempt could help.
func printable(value string) bool {
	return !strings.ContainsFunc(value, func(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f })
}

// noAnswer tells why there was none, without the address that *url.Error
// would print. Another attempt may reach the receiver, so it is never final.
func (w *Hook) noAnswer(ctx context.Context, target *url.URL, err error) error {
	if e, ok := errors.AsType[*url.Error](err); ok {
		err = e.Err
	}
	if ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	text := w.readable(target, []byte(err.Error()))
	return &Error{Host: target.Host, Err: said.Instead(text+said.UnknownAuthority(err), err)}
}
