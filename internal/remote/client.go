package remote

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"speckle-runner/internal/said"
	"speckle-runner/internal/secret"
	"speckle-runner/internal/speckle"
)

const (
	// answerWithin bounds one request: the API itself gives up after 15 s.
	answerWithin = 45 * time.Second
	// most is how much an answer may hold: a thousand runs with their messages.
	most = 256 << 20
)

// Options say whom to ask, and how.
type Options struct {
	Address   Address
	Token     secret.Value // RUNNER_WEB_TOKEN; zero: none is sent
	UserAgent string
	Redactor  *secret.Redactor  // of the process
	Transport http.RoundTripper // nil: connections as to other servers
}

// Client asks one serve. It is safe for use by several goroutines.
type Client struct {
	o     Options
	http  *http.Client
	words said.Words
}

// New makes a client, which connects to nothing yet.
func New(o Options) (*Client, error) {
	if strings.ContainsFunc(o.Token.Reveal(), func(r rune) bool { return r < ' ' || r == 0x7f }) {
		return nil, errors.New("variable RUNNER_WEB_TOKEN holds a line break or another character that can't be sent; its value isn't shown")
	}
	if o.Transport == nil {
		o.Transport = speckle.NewTransport()
	}
	redactor := &secret.Redactor{}
	redactor.Add(o.Token)
	return &Client{
		o:     o,
		http:  &http.Client{Transport: o.Transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }},
		words: said.With(o.Redactor, redactor),
	}, nil
}

// Close lets connections go.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// Address is who is asked.
func (c *Client) Address() Address { return c.o.Address }

// asked is one question.
type asked struct {
	doing  string // what for, such as "show nightly-20260302T023000Z"
	method string
	path   []string
	query  url.Values
}

// ask asks, and reads the answer's JSON into a value. Every error is an *Error, or
// says that the caller wants no answer any more.
func (c *Client) ask(ctx context.Context, q asked, into any) error {
	q.doing += " at " + c.o.Address.String()
	ctx, cancel := context.WithTimeoutCause(ctx, answerWithin, fmt.Errorf("no answer within %s", answerWithin))
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, q.method, c.o.Address.api(q.query, q.path...), nil)
	if err != nil {
		return &Error{Kind: NoAnswer, Doing: q.doing, What: "the address can't be asked", cause: err}
	}
	request.Header.Set("Accept", "application/json")
	if c.o.UserAgent != "" {
		request.Header.Set("User-Agent", c.o.UserAgent)
	}
	if !c.o.Token.IsZero() {
		request.Header.Set("Authorization", "Bearer "+c.o.Token.Reveal())
	}
	response, err := c.http.Do(request)
	if err != nil {
		return c.unanswered(ctx, q, "connect", err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, most+1))
	if err != nil {
		return c.unanswered(ctx, q, "read the answer", err)
	}
	return c.judge(q, response, body, into)
}
