package speckle

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"

	"speckle-runner/internal/speckle/query"
	"speckle-runner/internal/speckle/split"

	"github.com/go-json-experiment/json/jsontext"
)

// Ask sends a query that isn't paged and gives its data.
func (c *Client) Ask(ctx context.Context, q *query.Query, variables map[string]jsontext.Value) (jsontext.Value, error) {
	var k keeper
	_, err := c.Read(ctx, Request{Query: q, Variables: variables, own: true}, &k)
	return k.data, err
}

// ServerVersion asks the server for its version, which needs no scope.
func (c *Client) ServerVersion(ctx context.Context) (string, error) {
	version, _, err := c.Greet(ctx)
	return version, err
}

// Greet is ServerVersion, and gives what the answer shows of the server's clock, too.
func (c *Client) Greet(ctx context.Context) (version string, clock Clock, err error) {
	const question = "{ serverInfo { version } }"
	q, _ := query.Parse(question)
	var k keeper
	stats, err := c.Read(ctx, Request{Query: q, own: true}, &k)
	if err == nil && json.Unmarshal(split.Member(split.Member(k.data, "serverInfo"), "version"), &version) != nil {
		return "", stats.Clock, &Error{Kind: BadAnswer, Status: http.StatusOK, Hint: ownAddress,
			Message: fmt.Sprintf("the answer to %s (HTTP %d, JSON) names no version: its data begins %s",
				question, http.StatusOK, firstWords(string(k.data), c.words))}
	}
	return c.words.Line(version, maxVersion), stats.Clock, err
}

// keeper is a Sink for one small record.
type keeper struct{ data jsontext.Value }

func (k *keeper) Record(rec []byte) error {
	k.data = append(k.data[:0], rec...)
	return nil
}
func (k *keeper) EndPage(Page) error { return nil }

func (k *keeper) DropPage() error {
	k.data = nil
	return nil
}
