package ui

import (
	"time"

	"speckle-runner/internal/figures"
	"speckle-runner/internal/secret"
	"speckle-runner/internal/store"
)

// messageRow is a message that a run owes, or owed.
type messageRow struct {
	Target, Mark, State string
	Tries               string
	Next                moment
	Error, Note         string
	Line                []step // its tries
}

func (v view) messageRow(d store.RunDelivery) messageRow {
	row := messageRow{
		Target: secret.Mask(d.Target), Error: firstLine(d.Error), Note: firstLine(d.Note), Tries: figures.Tries(d.Attempts), Line: v.tries(d),
	}
	switch d.State {
	case store.DeliveryDelivered:
		row.Mark, row.State = "delivered", "Delivered"
	case store.DeliveryFailed:
		row.Mark, row.State = "undelivered", "Given up"
	case store.DeliveryForgotten:
		row.Mark, row.State = "off", "Forgotten"
	default:
		row.Mark, row.State = "scheduled", "Waiting"
		if d.Attempts > 0 {
			row.Mark = "retrying"
		}
		if d.NextTry != nil {
			row.Next = v.at(*d.NextTry)
		}
	}
	return row
}

// tries puts a message's tries on a line, with who asked for more of them in between.
func (v view) tries(d store.RunDelivery) []step {
	var line []step
	var asked time.Time
	before := 0
	for _, t := range d.Tries {
		if left := t.Try - before - 1; left > 0 {
			line = append(line, step{Mark: "off", Text: figures.Tries(left) + " whose ends aren't kept"})
		}
		if t.AskedAgainAt != nil && !t.AskedAgainAt.Equal(asked) {
			asked = *t.AskedAgainAt
			line = append(line, step{"scheduled", "Asked to be sent again", v.at(asked), ""})
		}
		line = append(line, v.try(t))
		before = t.Try
	}
	return line
}

// outcomes of tries, in marks and words.
var outcomes = map[store.TryOutcome][2]string{
	store.TryDelivered: {"delivered", "delivered"},
	store.TryFailed:    {"late", "failed"},
	store.TryRefused:   {"failed", "refused"},
	store.TryLost:      {"interrupted", "cut off"},
}

func (v view) try(t store.Try) step {
	how := outcomes[t.Outcome]
	one := step{Mark: how[0], Word: "Try " + figures.Grouped(t.Try) + " " + how[1]}
	if t.StartedAt != nil {
		one.At = v.at(*t.StartedAt)
		if t.FinishedAt != nil {
			one.Text = "after " + figures.Took(t.FinishedAt.Sub(*t.StartedAt))
		}
	}
	switch {
	case t.Outcome == store.TryLost:
		one.Text = firstLine(t.Error) + "; it may have arrived"
	case t.Error != "":
		one.Text += ": " + firstLine(t.Error)
	case t.Note != "":
		one.Text += ", but " + firstLine(t.Note)
	}
	return one
}
