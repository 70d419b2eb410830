package remote

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"speckle-runner/internal/speckle"
)

// answerWithin bounds one request: the API itself gives up after 15 s.
const answerWithin = 45 * time.Second

// question is one request to the API.
type question struct {
	doing  string // what it is for, such as "show nightly-20260302T023000Z"
	method string
	path   []string
	query  url.Values
}

// ask sends a question, and reads the answer's JSON into a value. Every error is an *Error,
// or context.Canceled where the caller has given up and nothing was changed.
func (c *Client) ask(ctx context.Context, q question, into any) error {
	q.doing += " at " + c.o.Address.String()
	var under underway
	if q.method != http.MethodGet && ctx.Err() == nil {
		var heard context.CancelFunc
		ctx, heard = under.heard(ctx)
		defer heard()
	}
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
		return c.unanswered(ctx, q, under.sent.Load(), "connect", err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, most+1))
	if err != nil {
		return c.unanswered(ctx, q, under.sent.Load(), "read the answer", err)
	}
	return c.judge(q.doing, response, body, into)
}

const maybeDone = "it may have been done all the same: look before you ask again"

// unanswered makes the error for a question without an answer. A change that was sent may
// have been made all the same.
func (c *Client) unanswered(ctx context.Context, q question, sent bool, doing string, err error) error {
	if errors.Is(context.Cause(ctx), context.Canceled) {
		if !sent {
			return context.Canceled
		}
		return &Error{Kind: NoAnswer, Doing: q.doing, What: "interrupted before it was answered", Todo: maybeDone, cause: context.Canceled}
	}
	failed := speckle.NoAnswer(ctx, doing, err)
	e := &Error{Kind: NoAnswer, Doing: q.doing, What: c.words.Line(failed.Message, maxSaid), Todo: failed.Hint, cause: err,
		passing: failed.Kind == speckle.Network || failed.Kind == speckle.Timeout}
	switch {
	case q.method != http.MethodGet && !failed.Unsent():
		e.Todo = maybeDone
	case e.Todo == "" && failed.Unsent():
		e.Todo = "is `runner serve` up, and listening there?"
	}
	return e
}
