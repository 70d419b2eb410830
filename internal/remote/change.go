package remote

import (
	"context"
	"fmt"
	"net/http"

	"speckle-runner/internal/store"
)

// started is the answer that names a run.
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
	err := c.ask(ctx, question{"run " + name, http.MethodPost, []string{"jobs", name, "run"}, nil}, &s)
	if e, is := err.(*Error); is && e.Kind == Unknown { //nolint:errorlint // ask's own, never wrapped
		return "", unknown
	}
	return s.Run, err
}

// change asks for a change of a run; what is the last part of the path, such as cancel.
func (c *Client) change(ctx context.Context, what, id string, into any) error {
	if _, _, err := store.ParseRunID(id); err != nil {
		return fmt.Errorf("%s %s: %w", what, id, err)
	}
	return runError(c.ask(ctx, question{what + " " + id, http.MethodPost, []string{"runs", id, what}, nil}, into), id)
}

// Cancel ends a run: at once where it waits, within seconds where it is running.
func (c *Client) Cancel(ctx context.Context, id string) error {
	return c.change(ctx, "cancel", id, new(started))
}

// Redeliver lets the server send again what could not be delivered, and gives the number of
// messages.
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
