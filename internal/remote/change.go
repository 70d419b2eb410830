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
	var sent struct {
		Deliveries int `json:"deliveries"`
	}
	err := c.change(ctx, "redeliver", id, &sent)
	return sent.Deliveries, err
}

// Forget gives up what a run still owes.
func (c *Client) Forget(ctx context.Context, id string) (store.Forgotten, error) {
	var gone struct {
		Messages []store.RunDelivery `json:"messages"`
		Sending  int                 `json:"sending"`
	}
	err := c.change(ctx, "forget", id, &gone)
	return store.Forgotten{Messages: gone.Messages, Sending: gone.Sending}, err
}
