package queue

import (
	"context"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"strings"
	"time"

	"github.com/riverqueue/river"

	"speckle-runner/internal/store/database"
)

// Runs is the queue of runs of no particular server, and what all queues of
// runs begin with; Deliveries is that of messages.
const (
	Runs       = "runs"
	Deliveries = "deliveries"
)

// Row is a run or a delivery in a queue.
type Row struct {
	ID       int64 // River's
	Queue    string
	Priority int       // 1, first, to 4; else the nearest of them
	Due      time.Time // zero: now

	Job      string // of a run
	Tick     int64
	Delivery string // its id; else the row is a run
}

func (r Row) river() river.InsertManyParams {
	o := &river.InsertOpts{Queue: r.Queue, Priority: r.priority(), ScheduledAt: r.Due}
	if r.Delivery != "" {
		return river.InsertManyParams{Args: deliveryArgs{r.Delivery}, InsertOpts: o}
	}
	return river.InsertManyParams{Args: runArgs{r.Job, r.Tick}, InsertOpts: o}
}

func (r Row) priority() int { return max(1, min(r.Priority, 4)) }

// runArgs is River's view of a due tick: enough to find its row.
type runArgs struct {
	Job  string `json:"job"`
	Tick int64  `json:"tick"`
}

// Kind is River's name for a due tick.
func (runArgs) Kind() string { return "run" }

// deliveryArgs is River's view of a delivery.
type deliveryArgs struct {
	ID string `json:"id"`
}

// Kind is River's name for a delivery.
func (deliveryArgs) Kind() string { return "delivery" }

func jobsOf(rows []Row) (jobs []river.InsertManyParams, later bool) {
	jobs = make([]river.InsertManyParams, len(rows))
	for i, row := range rows {
		jobs[i], later = row.river(), later || !row.Due.IsZero()
	}
	return jobs, later
}

// releaseLater makes what is due later available from then on: River's own
// state for that would need its leader.
func releaseLater(ctx context.Context, t database.Tx, later bool) error {
	if !later {
		return nil
	}
	_, err := t.Exec(ctx, "UPDATE river_job SET state = 'available' WHERE state = 'scheduled'")
	return err
}

// rowOf reads the arguments of one of River's rows.
func rowOf(id int64, queue string, priority int, args []byte) Row {
	row := Row{ID: id, Queue: queue, Priority: priority}
	var either struct {
		runArgs
		deliveryArgs
	}
	if json.Unmarshal(args, &either) == nil {
		row.Job, row.Tick, row.Delivery = either.Job, either.Tick, either.ID
	}
	return row
}

func named(ids []int64) string {
	rows := make([]struct {
		ID int64 `json:"id"`
	}, len(ids))
	for i, id := range ids {
		rows[i].ID = id
	}
	return database.List(rows)
}

func setOf(ids []int64) map[int64]bool {
	set := make(map[int64]bool, len(ids))
	for _, id := range ids {
		set[id] = true
	}
	return set
}

// Name gives the queue of a server's runs: readable, within River's alphabet,
// and another one for another server.
func Name(server string) string {
	if server == "" {
		return Runs
	}
	h := fnv.New32a()
	_, _ = h.Write([]byte(server)) // never fails
	words := strings.FieldsFunc(strings.ToLower(strings.TrimPrefix(server, "https://")), func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < '0' || r > '9')
	})
	readable := strings.Join(words, "_")
	if len(readable) > 40 {
		readable = strings.TrimSuffix(readable[:40], "_")
	}
	return fmt.Sprintf("%s_%s_%08x", Runs, strings.TrimPrefix(readable, "_"), h.Sum32())
}
