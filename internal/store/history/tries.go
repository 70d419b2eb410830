package history

import (
	"context"
	"fmt"

	"speckle-runner/internal/said"
	"speckle-runner/internal/store/database"
)

// selectTries gives a run's tries. One that was the first and arrived is in its delivery.
const selectTries = `
SELECT delivery, claim, attempt, outcome, started_at, took, said, next_at, asked_at FROM tries WHERE job = $1 AND tick = $2
UNION ALL SELECT id, claim, attempts, 'delivered', tried_at, took, note, 0, asked_at FROM deliveries
WHERE job = $1 AND tick = $2 AND state = 'delivered' AND attempts = 1 AND tried_at > 0
ORDER BY 1, 2`

// addTries gives a run's messages their tries, the oldest first.
func (r Reader) addTries(ctx context.Context, run *Run) error {
	if len(run.Deliveries) == 0 {
		return nil
	}
	at := make(map[string]*RunDelivery, len(run.Deliveries))
	for i := range run.Deliveries {
		run.Deliveries[i].Tries = []Try{}
		at[run.Deliveries[i].ID] = &run.Deliveries[i]
	}
	_, err := database.Collect(ctx, r.db.Read(), func(row database.Rows) (struct{}, error) {
		id, try, err := scanTry(row)
		if d := at[id]; d != nil {
			d.Tries = append(d.Tries, try)
		}
		return struct{}{}, err
	}, selectTries, run.Job, database.Micros(run.Tick))
	if err != nil {
		return fmt.Errorf("tries of the messages of run %s: %w", run.Run, r.db.Explain(err))
	}
	return nil
}

func scanTry(row database.Rows) (delivery string, try Try, err error) {
	var claim, started, took, next, asked int64
	var text string
	if err := row.Scan(&delivery, &claim, &try.Try, &try.Outcome, &started, &took, &text, &next, &asked); err != nil {
		return "", Try{}, err
	}
	try.StartedAt, try.NextTry, try.AskedAgainAt = database.TimeOrNil(started), database.TimeOrNil(next), database.TimeOrNil(asked)
	if took >= 0 && started != 0 {
		try.FinishedAt = database.TimeOrNil(started + took)
	}
	if try.Outcome == TryDelivered {
		try.Note = said.Line(text, MostSaid)
	} else {
		try.Error = text
	}
	return delivery, try, nil
}

// MostSaid is how many characters of what a receiver said stand with a try.
const MostSaid = 400
