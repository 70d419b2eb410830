package retention

import (
	"context"
	"fmt"
	"time"

	"speckle-runner/internal/store/database"
)

// pruneEvery is how often commands that run jobs by hand prune the ledger: serve
// does it every hour.
const pruneEvery = 24 * time.Hour

// Prune is Retention for those who come by now and then: it does nothing when
// the ledger was pruned within a day, by whomever. It keeps what the ledger's
// last serve keeps, or else what byDefault says; what is given goes before both.
func (o Old) Prune(ctx context.Context, given, byDefault Keep) (int, error) {
	last, err := o.last(ctx)
	if err != nil {
		return 0, err
	}
	if last.at > database.Micros(time.Now().Add(-pruneEvery)) {
		return 0, nil
	}
	return o.prune(ctx, given.or(last.keep).or(byDefault), false)
}

// or fills what isn't said.
func (k Keep) or(other Keep) Keep {
	if k.Age <= 0 {
		k.Age = other.Age
		if k.FailedAge <= 0 {
			k.FailedAge = other.FailedAge
		}
	}
	if k.Count <= 0 {
		k.Count = other.Count
	}
	k.Window = max(k.Window, other.Window)
	return k
}

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
