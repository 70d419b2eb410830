package speckle

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"net/http"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/machinebox/graphql"
	"github.com/rs/zerolog"

	"speckle-runner/internal/said"
	"speckle-runner/internal/secret"
	"speckle-runner/internal/speckle/batch"
	"speckle-runner/internal/speckle/endpoint"
	"speckle-runner/internal/speckle/split"
)

// What is taken in one piece, unless Options say otherwise.
const (
	defaultMaxRecord = 64 << 20
	defaultMaxAnswer = 32 << 20
)

// Options make a client. Token may be zero: public data needs none.
type Options struct {
	Server    endpoint.Server
	Token     secret.Value
	UserAgent string
	Limiters  *Limiters // shared by the clients of a process; nil: one of its own
	Log       zerolog.Logger
	Redactor  *secret.Redactor  // knows what errors must not show, the token too; nil: the token alone
	Base      http.RoundTripper // nil: connections of its own, as NewTransport makes them
	MaxRecord int               // bytes of one record of a page; 0: 64 MiB
	MaxAnswer int               // bytes of an unpaged answer, or of a page without its records; 0: 32 MiB
	Tries     int               // of one request; 0: 5
	Told      Told              // what becomes of its requests
}

// Client sends one job's queries with that job's token. It is safe for use by
// several goroutines.
type Client struct {
	graphql *graphql.Client
	plain   *http.Client // beside GraphQL
	server  endpoint.Server
	own     *http.Transport // nil: Options.Base is somebody else's
	limits  sizes
	words   said.Words // how the server's texts are shown

	nullable nullables
}

// NewClient makes a client for one server and one token. Close it after the
// run.
func NewClient(o Options) *Client {
	c := &Client{server: o.Server, limits: sizes{record: o.MaxRecord, answer: o.MaxAnswer}, words: o.Words()}
	if c.limits.record <= 0 {
		c.limits.record = defaultMaxRecord
	}
	if c.limits.answer <= 0 {
		c.limits.answer = defaultMaxAnswer
	}
	if o.Limiters == nil {
		o.Limiters = NewLimiters()
	}
	base := o.Base
	if base == nil {
		c.own = NewTransport()
		base = c.own
	}
	unfollowed := func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	caller := &http.Client{Transport: layers(o, &judged{endpoint: o.Server.Endpoint(), next: below(batch.Over(base))}),
		CheckRedirect: unfollowed}
	c.graphql = graphql.NewClient(o.Server.Endpoint(), graphql.WithHTTPClient(caller))
	c.plain = &http.Client{Transport: layers(o, &taken{next: below(base)}), CheckRedirect: unfollowed}
	return c
}

// layers stacks what stands between a caller, such as the GraphQL library,
// which looks at neither status nor content type, and what judges an answer.
func layers(o Options, judge http.RoundTripper) http.RoundTripper {
	limits := o.Limiters.of(o.Server, o.Token)
	return &retrier{log: o.Log, told: o.Told, tries: cmp.Or(o.Tries, maxTries), next: &limited{limits: limits, told: o.Told, next: &authorized{
		server: o.Server, token: o.Token, userAgent: o.UserAgent, next: judge}}}
}

// below is what stands between a judge and the network.
func below(base http.RoundTripper) http.RoundTripper { return &dated{&watched{next: base}} }

// Words shows texts without what the redactor knows. One for this client
// alone is forgotten with it.
func (o *Options) Words() said.Words {
	if o.Redactor == nil {
		o.Redactor = &secret.Redactor{}
		o.Redactor.Add(o.Token)
	}
	return said.With(o.Redactor)
}

// send runs one call through the library. What it gave to take stands only
// when the error is nil.
func (c *Client) send(ctx context.Context, x *call, variables map[string]jsontext.Value) error {
	request := graphql.NewRequest(x.query.Text)
	for name, value := range variables {
		request.Var(name, rawJSON(value))
	}
	x.tries = 0
	var ignored json.RawMessage // the call has the bytes
	ctx = context.WithValue(ctx, callKey{}, x)
	err := c.graphql.Run(ctx, request, &ignored)
	if err == nil {
		return nil
	}
	if back := x.takeBack(); back != nil {
		err = errors.Join(back, err)
	}
	if r, ok := errors.AsType[*split.RefusedError](err); ok {
		return r.Err
	}
	if failed, ok := errors.AsType[*Error](err); ok {
		return failed
	}
	return networkError(ctx, "send the query", err)
}

// rawJSON hands a value to the library as it was given.
func rawJSON(v jsontext.Value) json.RawMessage { return json.RawMessage(v) }

// Close ends the client's idle connections.
func (c *Client) Close() {
	if c.own != nil {
		c.own.CloseIdleConnections()
	}
}
