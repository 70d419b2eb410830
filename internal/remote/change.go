package remote

import (
	"context"
	"fmt"
	"net/http"

	"speckle-runner/internal/store"
)

// started names the run that a request is about.
type started struct {
	Run string `json:"run"`
}

func (s *started) lacks() string {
	if _, _, err := store.ParseRunID(s.Run); err != nil {
		return "run"
	}
	return ""
}

// Start begins a run of a job now, and gives its id.
func (c *Client) Start(ctx context.Context, name string) (string, error) {
	unknown := fmt.Errorf("%w: %q", ErrUnknownJob, name)
	if !jobName().MatchString(name) {
		return "", unknown
	}
	var s started
	err := c.ask(ctx, asked{"run " + name, http.MethodPost, []string{"jobs", name, "run"}, nil}, &s)
	if e, is := err.(*Error); is && e.Kind == Unknown { //nolint:errorlint // ask's own, never wrapped
		return "", unknown
	}
	return s.Run, err
}

// change does something with a run.
func (c *Client) change(ctx context.Context, what, id string, into any) error {
	if _, _, err := store.ParseRunID(id); err != nil {
		return fmt.Errorf("%s %s: %w", what, id, err)
	}
	return ofRun(c.ask(ctx, asked{what + " " + id, http.MethodPost, []string{"runs", id, what}, nil}, into), id)
}

// Cancel ends a run: one that waits at once, one that is running within seconds.
func (c *Client) Cancel(ctx context.Context, id string) error {
	return c.change(ctx, "cancel", id, new(started))
}

// Redeliver has the server send again what could not be delivered, and gives how many
// messages that are.
func (c *Client) Redeliver(ctx context.Context, id string) (int, error) {
	var s sent
	if err := c.change(ctx, "redeliver", id, &s); err != nil {
		return 0, err
	}
	return *s.Deliveries, nil
}

// sent says how many messages are sent again.
type sent struct {
	Deliveries *int `json:"deliveries"`
}

func (s *sent) lacks() string {
	if s.Deliveries == nil {
		return "deliveries"
	}
	return ""
}

// Forget gives up what a run still owes.
func (c *Client) Forget(ctx context.Context, id string) (store.Forgotten, error) {
	var g gone
	err := c.change(ctx, "forget", id, &g)
	return store.Forgotten{Messages: g.Messages, Sending: g.Sending}, err
}

// gone says what is never sent.
type gone struct {
	Messages []store.RunDelivery `json:"messages"`
	Sending  int                 `json:"sending"`
}

func (g *gone) lacks() string {
	if g.Messages == nil {
		return "messages"
	}
	return ""
}
