package ui

import (
	"net/http"
	"time"

	"speckle-runner/internal/figures"
	"speckle-runner/internal/secret"
	"speckle-runner/internal/store"
	"speckle-runner/internal/store/history"
)

// owedShown is how many messages the page lists.
const owedShown = 200

// deliveriesPage is what hasn't arrived.
type deliveriesPage struct {
	Lost, Waiting []owedRow
	More          int64 // beyond those
	Buttons       bool
}

// owedRow is a message that hasn't arrived.
type owedRow struct {
	Run, Job, Kind, Target string
	Since                  string
	At                     moment
	Tries                  string
	Next                   string
	NextAt                 moment
	Error                  string
	First                  bool // of its run: a button is for the run
}

func (u *UI) deliveries(w http.ResponseWriter, r *http.Request) error {
	owed, all, err := u.o.Store.Owed(r.Context(), owedShown)
	if err != nil {
		return err
	}
	page := &deliveriesPage{More: all - int64(len(owed)), Buttons: !u.o.ReadOnly}
	seen := map[string]bool{}
	for _, o := range owed {
		row := u.owedRow(o)
		row.First, seen[o.Run] = !seen[o.Run], true
		if o.State == store.DeliveryFailed {
			page.Lost = append(page.Lost, row)
		} else {
			page.Waiting = append(page.Waiting, row)
		}
	}
	return u.render(w, http.StatusOK, "deliveries.html", frame{Title: "Deliveries", Here: "/deliveries", Page: page})
}

// kindWords names kinds of messages that aren't outputs.
var kindWords = map[string]string{"output": "records", "heartbeat": "heartbeat"}

func (u *UI) owedRow(o history.Owed) owedRow {
	v := view{u.now(), u.zoneOf(o.Job)}
	kind := kindWords[o.Kind]
	if kind == "" {
		kind = "notice of " + o.Kind
	}
	row := owedRow{
		Run: o.Run, Job: o.Job, Kind: kind, Target: secret.Mask(o.Target), Since: ago(o.Created, v.now), At: v.at(o.Created),
		Tries: figures.Tries(o.Attempts), Error: firstLine(o.Error),
	}
	if !o.NextTry.IsZero() {
		row.Next, row.NextAt = ago(o.NextTry, v.now), v.at(o.NextTry)
		if !o.NextTry.After(v.now) {
			row.Next = "now"
		}
	}
	return row
}

// zoneOf is the zone of a job, UTC for one that has left the file.
func (u *UI) zoneOf(name string) *time.Location {
	if job := u.o.Scheduler.Job(name); job != nil {
		return job.Zone
	}
	return time.UTC
}
