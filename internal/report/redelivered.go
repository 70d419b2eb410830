package report

import (
	"fmt"
	"io"

	"speckle-runner/internal/figures"
	"speckle-runner/internal/service"
	"speckle-runner/internal/store"
)

// Redelivered says what came of messages that a run owed and that were sent again.
func Redelivered(w io.Writer, flags string, record *store.Run, owed int, sent *service.Deliveries) {
	fmt.Fprintf(w, "delivered %s of %s\n", figures.Count(max(0, owed-sent.Left), "message"), figures.Grouped(int64(owed)))
	for _, one := range record.Deliveries {
		if why := sent.Failed[one.ID]; why != "" {
			fmt.Fprintf(w, "  NOT delivered: %s: %s\n", one.ID, why)
		}
	}
	Notes(w, record.Deliveries)
	Rest(w, record.Run+flags, sent)
}

// Forgotten says which of a run's messages are never sent, and which are left.
func Forgotten(w io.Writer, run string, gone *store.Forgotten) {
	fmt.Fprintf(w, "forgot %s of %s: never sent from now on\n", figures.Count(len(gone.Messages), "message"), run)
	for _, one := range gone.Messages {
		fmt.Fprintf(w, "  %s to %s: %s\n", one.ID, one.Target, Delivery(one))
	}
	if gone.Sending > 0 {
		fmt.Fprintf(w, "  left: %s on the way at this moment; give the command again if it doesn't arrive\n",
			figures.Count(gone.Sending, "message"))
	}
}

// OwesNothing says why there is nothing of a run to send or to forget.
func OwesNothing(w io.Writer, record *store.Run) error {
	forgotten, sending := 0, 0
	for _, one := range record.Deliveries {
		switch one.State {
		case store.DeliveryForgotten:
			forgotten++
		case store.DeliveryQueued: // or it would have been queued again
			sending++
		}
	}
	text := "owes nothing: every message was delivered"
	switch {
	case sending > 0:
		_, err := fmt.Fprintf(w, "%s: %s on the way at this moment, and no other is owed\n", record.Run, figures.Count(sending, "message"))
		return err
	case forgotten > 0:
		text = "owes nothing: what could not be delivered was forgotten (" + figures.Count(forgotten, "message") + ")"
	}
	_, err := fmt.Fprintf(w, "%s %s\n", record.Run, text)
	return err
}
