package remote

import (
	"errors"
	"net/http"
	"strings"

	"speckle-runner/internal/patience"
	"speckle-runner/internal/said"
	"speckle-runner/internal/secret"
	"speckle-runner/internal/speckle"
)

// Options say which serve is asked, and how.
type Options struct {
	Address   Address
	Token     secret.Value // RUNNER_WEB_TOKEN; zero: none is sent
	UserAgent string
	Redactor  *secret.Redactor  // of the process
	Transport http.RoundTripper // nil: connections like those to Speckle
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
		o: o,
		http: &http.Client{
			Transport:     patience.Unswitched(o.Transport),
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
		words: said.With(o.Redactor, redactor),
	}, nil
}

// Close closes idle connections.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// Address is the address that is asked.
func (c *Client) Address() Address { return c.o.Address }
