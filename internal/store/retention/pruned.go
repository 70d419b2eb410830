package retention

import (
	"context"
	"fmt"
	"time"

	"speckle-runner/internal/store/database"
)

// lastPrune is when old runs were last looked for, and what serve keeps.
type lastPrune struct {
	at   int64
	keep Keep
}

func (o Old) last(ctx context.Context) (lastPrune, error) {
	all, err := database.Collect(ctx, o.db.Read(), func(r database.Rows) (p lastPrune, err error) {
		var age, failedAge, count, window int64
		err = r.Scan(&p.at, &age, &failedAge, &count, &window)
		p.keep = Keep{
			Age: time.Duration(age) * time.Microsecond, FailedAge: time.Duration(failedAge) * time.Microsecond,
			Count: int(count), Window: time.Duration(window) * time.Microsecond,
		}
		return p, err
	}, `SELECT at, age, failed_age, runs, young FROM pruned WHERE one = 1`)
	if err != nil || len(all) == 0 {
		return lastPrune{}, err
	}
	return all[0], nil
}

// notePrune writes down that old runs are looked for now; remember: and what is
// kept, for those who come by.
func notePrune(ctx context.Context, t database.Tx, keep Keep, remember bool) error {
	statement := `INSERT INTO pruned (one, at, age, failed_age, runs, young) VALUES (1, $1, $2, $3, $4, $5) ON CONFLICT (one) DO UPDATE SET at = excluded.at`
	if remember {
		statement += `, age = excluded.age, failed_age = excluded.failed_age, runs = excluded.runs, young = excluded.young`
	} else {
		keep = Keep{} // nobody's wish yet
	}
	if _, err := t.Exec(ctx, statement, database.Micros(time.Now()), keep.Age.Microseconds(), keep.FailedAge.Microseconds(), int64(keep.Count),
		keep.Window.Microseconds()); err != nil {
		return fmt.Errorf("note when runs were pruned: %w", err)
	}
	return nil
}
