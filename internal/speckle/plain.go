package speckle

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"

	"speckle-runner/internal/speckle/query"
	"speckle-runner/internal/speckle/split"
)

// AskPlain sends a request that isn't GraphQL, and hands its answer to Take.
func (c *Client) AskPlain(ctx context.Context, p Plain) (PlainStats, error) {
	x := &call{query: &query.Query{Kind: "query"}, words: c.words, plain: &plainCall{Plain: p}, forget: func() error { return nil }}
	ctx = context.WithValue(ctx, callKey{}, x)
	err := c.askPlain(ctx, p)
	stats := PlainStats{Requests: x.tries, Bytes: x.plain.read, Clock: x.clock}
	if err == nil {
		return stats, nil
	}
	if r, ok := errors.AsType[*split.RefusedError](err); ok {
		return stats, r.Err
	}
	if failed, ok := errors.AsType[*Error](err); ok {
		return stats, failed
	}
	return stats, networkError(ctx, "ask for "+p.What, err)
}

func (c *Client) askPlain(ctx context.Context, p Plain) error {
	method, body := http.MethodGet, io.Reader(http.NoBody)
	if p.Body != nil {
		method, body = http.MethodPost, bytes.NewReader(p.Body)
	}
	request, err := http.NewRequestWithContext(ctx, method, c.server.Base()+p.Path, body)
	if err != nil {
		return &Error{Kind: InvalidQuery, Message: "ask for " + p.What + ": that is no address"}
	}
	if p.Body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	if p.Accept != "" {
		request.Header.Set("Accept", p.Accept)
	}
	response, err := c.plain.Do(request)
	if err != nil {
		return err
	}
	return response.Body.Close()
}
